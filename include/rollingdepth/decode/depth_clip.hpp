#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "rollingdepth/base/clip.hpp"
#include "rollingdepth/base/depth_reader.hpp"
#include "rollingdepth/measure/optical_flow.hpp"

namespace rollingdepth {

/// Opens a stored depth clip:
///  - `.npy` [N,H,W], [N,1,H,W], [N,H,W,1] or [H,W] of any real type, values cast to float32;
///  - `.npz`, stored or compressed, with one array or one called `depth`, of such a shape;
///  - a folder of `.exr` pictures (first of Y, Z, R, or the only channel; half or float);
///  - a folder of 16-bit (or 8-bit) grey `.png` pictures: min + scale * pixel where depth.json is
///  in
///    it, else pixel / png_scale.
/// Pictures in the order of their names, numbers by value; all of one size.
/// @param png_scale levels per unit of pictures without depth.json (KITTI 256, TUM 5000).
/// @throws Error(kInput) naming the file and what is wrong: missing, unknown kind, no frames, mixed
///         sizes, damaged, cut short.
std::unique_ptr<DepthReader> open_depth_clip(const std::filesystem::path& path,
                                             double png_scale = 1);

/// Dense backward flow of a video by DIS (OpenCV, preset medium) on grey frames scaled to the given
/// size. A pixel is visible where forward and backward flow agree within 1 pixel plus 1 % of their
/// length. @param video taken over. Source: Kroeger et al. 2016; Sundaram et al. 2010, equation 5,
/// for the check of visibility (constants in the code).
std::unique_ptr<FlowSource> make_dis_flow(std::unique_ptr<FrameSource> video,
                                          std::int64_t height_px, std::int64_t width_px);

}  // namespace rollingdepth
