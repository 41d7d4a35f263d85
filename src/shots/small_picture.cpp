#include "shots/small_picture.hpp"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace rollingdepth {
namespace {

constexpr double kLongestSidePx = 256;

// Half to even, as Python rounds.
std::int64_t shrunk(std::int64_t side_px, double factor) {
  return std::max<std::int64_t>(1, std::llrint(static_cast<double>(side_px) / factor));
}

// Of the whole frame only the four pixels around each that is left are read: bilinear interpolation
// has no filter before it.
cv::Mat small_rgb(const at::Tensor& rgb, FrameSize size) {
  const auto height = static_cast<int>(rgb.size(1)), width = static_cast<int>(rgb.size(2));
  const cv::Size small(static_cast<int>(size.width_px), static_cast<int>(size.height_px));
  const at::Tensor whole = rgb.contiguous();
  // OpenCV has no pictures that are only read.
  auto* pixels = const_cast<std::uint8_t*>(whole.const_data_ptr<std::uint8_t>());
  std::array<cv::Mat, 3> planes;
  for (cv::Mat& plane : planes) {
    const cv::Mat full(height, width, CV_8UC1, pixels);
    pixels += full.total();
    if (full.size() == small) {
      plane = full;
    } else {
      cv::resize(full, plane, small, 0, 0, cv::INTER_LINEAR);
    }
  }
  cv::Mat picture;
  cv::merge(planes.data(), planes.size(), picture);
  return picture;
}

double mean_difference(const cv::Mat& one, const cv::Mat& other) {
  return cv::norm(one, other, cv::NORM_L1) / static_cast<double>(one.total());
}

}  // namespace

FrameSize small_size(FrameSize frame) {
  const double factor =
      static_cast<double>(std::max(frame.width_px, frame.height_px)) / kLongestSidePx;
  if (factor <= 1) return frame;
  return {.width_px = shrunk(frame.width_px, factor), .height_px = shrunk(frame.height_px, factor)};
}

SmallPicture::SmallPicture(const at::Tensor& rgb, FrameSize size) {
  const cv::Mat picture = small_rgb(rgb, size);
  cv::Mat hsv;
  cv::cvtColor(picture, hsv, cv::COLOR_RGB2HSV);
  cv::split(hsv, hsv_.data());
  cv::cvtColor(picture, luma_, cv::COLOR_RGB2GRAY);
}

double SmallPicture::change_from(const SmallPicture& other) const {
  double sum = 0;
  for (std::size_t i = 0; i < hsv_.size(); ++i) sum += mean_difference(hsv_[i], other.hsv_[i]);
  return sum / static_cast<double>(hsv_.size());
}

double SmallPicture::value_change_from(const SmallPicture& other) const {
  return mean_difference(hsv_[2], other.hsv_[2]);
}

double SmallPicture::mean_luma() const { return cv::mean(luma_)[0]; }

double SmallPicture::share_from(double level) const {
  cv::Mat above;
  cv::compare(luma_, level, above, cv::CMP_GE);
  return static_cast<double>(cv::countNonZero(above)) / static_cast<double>(luma_.total());
}

}  // namespace rollingdepth
