#pragma once

#include <filesystem>
#include <opencv2/core.hpp>

namespace rollingdepth {

/// Decodes one picture with OpenCV, whose own messages it turns off for the whole process.
/// @param flags cv::IMREAD_COLOR: 8-bit BGR, deeper pictures scaled down, grey spread, alpha
/// dropped
///              and turned by EXIF; cv::IMREAD_UNCHANGED: as stored.
/// @throws Error(kInput) naming the file: missing, no picture, damaged, cut short.
cv::Mat read_picture(const std::filesystem::path& file, int flags);

/// @throws Error(kInput) naming a picture whose size is not that of the first one of its clip.
void require_same_size(const std::filesystem::path& picture, const cv::Size& size,
                       const cv::Size& first);

}  // namespace rollingdepth
