#pragma once

#include <filesystem>
#include <memory>

#include "app/depth_origin.hpp"
#include "app/run/inputs.hpp"
#include "rollingdepth/clip.hpp"
#include "rollingdepth/video.hpp"

namespace rollingdepth {

/// What --video names: the colour frames beside a depth clip. Never made smaller, whatever the run
/// of the clip did: its camera is that of the video as it is.
/// @param taken how the clip's run read them. @param reading whose `deinterlaces` does not count.
/// @throws Error(kInput) for what is not one clip.
PlannedInput planned_colour_clip(const std::filesystem::path& video, const FramesTaken& taken,
                                 VideoReading reading);

/// The same, opened; its next frame is that of the first depth map.
/// @throws Error(kInput) also for a clip that ends before it.
std::unique_ptr<FrameSource> open_colour_clip(const std::filesystem::path& video,
                                              const FramesTaken& taken,
                                              const VideoReading& reading);

}  // namespace rollingdepth
