#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rollingdepth/video.hpp"

namespace rollingdepth {

/// What `open_video` reads, by extension in any case; animated GIF is one of them.
bool has_video_extension(const std::filesystem::path& file);
/// PNG, JPEG, TIFF, BMP, WebP, OpenEXR, PNM, PFM, DPX, TGA, JPEG 2000; Radiance HDR, which is
/// refused.
bool has_image_extension(const std::filesystem::path& file);

/// The files that a printf pattern with one %d or %0Nd matches, in the order of their numbers.
/// @throws Error(kInput) where nothing matches, Error(kUsage) for a pattern without one %d.
std::vector<std::filesystem::path> expand_image_pattern(const std::string& pattern);

/// Versions of the linked libav libraries, e.g. "libavcodec 59.37.100".
std::string libav_version();
std::string opencv_version();

}  // namespace rollingdepth
