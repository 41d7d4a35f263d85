#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/depth_reader.hpp"
#include "media/npy_header.hpp"

namespace rollingdepth {

/// What a stored array holds as a depth clip.
/// @param name  of the clip.
/// @param label of the array, for messages.
/// @throws Error(kInput) for another shape than [N,H,W], [N,1,H,W], [N,H,W,1] or [H,W], and for one
///         without values.
DepthListing array_listing(const std::string& name, const std::string& label,
                           const NpyHeader& header);

/// The readers behind open_depth_clip. @throws Error(kInput).
std::unique_ptr<DepthReader> open_npy_depth(const std::filesystem::path& file);
std::unique_ptr<DepthReader> open_npz_depth(const std::filesystem::path& file);

/// One picture as depth, [H, W] float32 on CPU, contiguous. @throws Error(kInput) naming it.
using DepthPicture = std::function<at::Tensor(const std::filesystem::path& picture)>;

/// A clip of pictures in the order given. REQUIRES: at least one.
/// @throws Error(kInput) for a first one that cannot be read; next() where another cannot, or has
///         not the size of the first.
std::unique_ptr<DepthReader> open_picture_depth(std::string name,
                                                std::vector<std::filesystem::path> pictures,
                                                DepthPicture decode);

/// Decodes one channel of an OpenEXR picture: Y, else Z, else R, else the only one.
at::Tensor read_exr_depth(const std::filesystem::path& picture, std::int64_t max_pixels);

/// Decodes grey PNG pictures of 8 or 16 bits by the depth.json of their folder, else by
/// pixel / png_scale. @throws Error(kInput) for a damaged depth.json.
DepthPicture png_depth(const std::filesystem::path& folder, double png_scale,
                       std::int64_t max_pixels);

}  // namespace rollingdepth
