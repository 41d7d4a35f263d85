#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

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
/// Pictures in the order of their names, numbers by value; all of one size. Other files of the
/// folder, and hidden ones, do not count.
/// @param png_scale levels per unit of pictures without depth.json (KITTI 256, TUM 5000).
/// @param max_pixels of a picture, before memory is taken for it.
/// @throws Error(kInput) naming the file and what is wrong: missing, unknown kind, no frames,
///         damaged, cut short; Error(kUsage) for a png_scale that is not above 0. Pictures after
///         the first are looked at by next(), which throws where one is damaged or of another size.
std::unique_ptr<DepthReader> open_depth_clip(const std::filesystem::path& path,
                                             double png_scale = 1,
                                             std::int64_t max_pixels = kDefaultMaxPixels);

/// Dense backward flow of a video by DIS (OpenCV, preset medium) on grey frames scaled to the given
/// size. A pixel is visible where the backward flow b leads into the frame before and the forward
/// flow f there, by bilinear interpolation, leads back: |f + b|^2 < 0.01 (|f|^2 + |b|^2) + 0.5.
/// The same for any number of threads; OpenCV gets as many as LibTorch has.
/// @param video taken over. @throws Error(kInput) for a side below 16 pixels.
/// Source: Kroeger et al. 2016; Sundaram et al. 2010, equation 5, for the check.
std::unique_ptr<FlowSource> make_dis_flow(std::unique_ptr<FrameSource> video,
                                          std::int64_t height_px, std::int64_t width_px);

}  // namespace rollingdepth
