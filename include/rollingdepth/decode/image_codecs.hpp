#pragma once

#include <cstdint>
#include <opencv2/core.hpp>
#include <vector>

namespace rollingdepth {

/// Opens OpenCV's imgcodecs now, so that a run that will need it learns at once whether it is
/// there.
/// @throws Error(kFailed).
void open_picture_codecs();

/// cv::imdecode and cv::imencode of OpenCV's imgcodecs, opened at the first call: it draws in more
/// than a hundred libraries (GDAL's), a tenth of a second that most runs need not wait.
/// @throws Error(kFailed) where the library is not there; cv::Exception.
cv::Mat decode_picture(const std::vector<std::uint8_t>& bytes, int flags);
/// @param extension ".png" and so on. @return whether `bytes` hold the encoded picture.
bool encode_picture(const char* extension, const cv::Mat& picture, std::vector<std::uint8_t>& bytes,
                    const std::vector<int>& parameters);

}  // namespace rollingdepth
