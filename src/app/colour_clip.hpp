#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// Opens what --video names: the colour frames beside a depth clip.
/// @param from       its first frame that is read. @param max_pixels of a frame.
/// @throws Error(kInput) for what is not one clip, and one that ends before `from`.
std::unique_ptr<FrameSource> open_colour_clip(const std::filesystem::path& video, std::int64_t from,
                                              std::int64_t max_pixels);

}  // namespace rollingdepth
