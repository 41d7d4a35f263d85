#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "base/depth_reader.hpp"
#include "rollingdepth/clip.hpp"

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

}  // namespace rollingdepth
