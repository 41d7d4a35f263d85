#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>

#include "write/color_frames.hpp"
#include "write/point_cloud.hpp"

namespace rollingdepth {

/// A DepthSink for a folder of point clouds, one PLY file a frame, `000000.ply` and so on or with
/// the input's numbers, coloured by the clip's frames scaled to the depth's size. The header of
/// each says unit, camera and axes; remarks() what of these was assumed. Folders as for PNG.
/// @throws Error(kOutput) where the folder holds anything else than an older one of this kind.
std::unique_ptr<DepthSink> make_ply_sink(const std::filesystem::path& folder, ColorFrames colors,
                                         SightLinesOf sight_lines,
                                         const PointCloudOptions& options);
/// @throws Error(kOutput) where `folder` must not be replaced.
void check_ply(const std::filesystem::path& folder);

/// What one takes while it is written, in bytes, with the frames that colour it.
double ply_memory_bytes(FrameSize depth, std::optional<std::int64_t> frames);

}  // namespace rollingdepth
