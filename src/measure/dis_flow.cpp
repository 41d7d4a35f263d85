#include "measure/dis_flow.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <opencv2/core.hpp>
#include <opencv2/core/utility.hpp>
#include <opencv2/imgproc.hpp>
#include <opencv2/video/tracking.hpp>
#include <string>
#include <utility>
#include <vector>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

// Sundaram et al. 2010, equation 5: |f + b|^2 < kRelative (|f|^2 + |b|^2) + kAbsolutePx2.
constexpr float kRelative = 0.01F;
constexpr float kAbsolutePx2 = 0.5F;

/// `at` between four pixels. REQUIRES: inside the picture.
cv::Vec2f interpolated(const cv::Mat& flow, cv::Point2f at) {
  const int x = std::min(static_cast<int>(at.x), flow.cols - 2);
  const int y = std::min(static_cast<int>(at.y), flow.rows - 2);
  const float right = at.x - static_cast<float>(x);
  const float below = at.y - static_cast<float>(y);
  const auto* upper = flow.ptr<cv::Vec2f>(y) + x;
  const auto* lower = flow.ptr<cv::Vec2f>(y + 1) + x;
  return (upper[0] * (1 - right) + upper[1] * right) * (1 - below) +
         (lower[0] * (1 - right) + lower[1] * right) * below;
}

float squared_length(const cv::Vec2f& v) { return v.dot(v); }

// Whether the pixel is inside the frame before and finds its way back from there.
bool is_visible(const cv::Mat& forward, cv::Vec2f backward, int x, int y) {
  const cv::Point2f before(static_cast<float>(x) + backward[0],
                           static_cast<float>(y) + backward[1]);
  // NaN fails the comparisons.
  const bool inside = before.x >= 0 && before.x <= static_cast<float>(forward.cols - 1) &&
                      before.y >= 0 && before.y <= static_cast<float>(forward.rows - 1);
  if (!inside) return false;
  const cv::Vec2f there = interpolated(forward, before);
  return squared_length(there + backward) <
         kRelative * (squared_length(there) + squared_length(backward)) + kAbsolutePx2;
}

// Pictures: [H, W] of two channels, in pixels.
BackwardFlow checked_flow(const cv::Mat& backward, const cv::Mat& forward) {
  BackwardFlow flow{.offset = at::empty({2, backward.rows, backward.cols}, at::kFloat),
                    .visible = at::empty({backward.rows, backward.cols}, at::kBool)};
  auto* x_offset = flow.offset.data_ptr<float>();
  auto* y_offset = x_offset + backward.total();
  auto* visible = flow.visible.data_ptr<bool>();
  for (int y = 0; y < backward.rows; ++y) {
    const auto* row = backward.ptr<cv::Vec2f>(y);
    for (int x = 0; x < backward.cols; ++x) {
      *x_offset++ = row[x][0];
      *y_offset++ = row[x][1];
      *visible++ = is_visible(forward, row[x], x, y);
    }
  }
  return flow;
}

cv::Mat scaled_grey(const at::Tensor& rgb, cv::Size size) {
  std::vector<cv::Mat> planes;
  for (std::int64_t channel = 0; channel < 3; ++channel) {
    planes.emplace_back(static_cast<int>(rgb.size(1)), static_cast<int>(rgb.size(2)), CV_8U,
                        rgb[channel].data_ptr());
  }
  cv::Mat color, grey, scaled;
  cv::merge(planes, color);
  cv::cvtColor(color, grey, cv::COLOR_RGB2GRAY);
  const bool shrinks = size.width <= grey.cols && size.height <= grey.rows;
  cv::resize(grey, scaled, size, 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
  return scaled;
}

class DisFlow final : public FlowSource {
 public:
  DisFlow(std::unique_ptr<FrameSource> video, std::int64_t height_px, std::int64_t width_px)
      : video_(std::move(video)),
        size_(static_cast<int>(width_px), static_cast<int>(height_px)),
        dis_(cv::DISOpticalFlow::create(cv::DISOpticalFlow::PRESET_MEDIUM)) {
    // Below this OpenCV's pyramid gets smaller than a patch, and it reads beyond its memory.
    constexpr std::int64_t kSmallestSide = 16;
    if (std::min(height_px, width_px) < kSmallestSide) {
      throw Error(ErrorKind::kInput,
                  "cannot compute the optical flow of " + video_->info().name + " at " +
                      std::to_string(width_px) + "x" + std::to_string(height_px) +
                      ": each side must be at least " + std::to_string(kSmallestSide) + " pixels");
    }
    cv::setNumThreads(at::get_num_threads());  // OpenCV would take every processor.
  }

  std::optional<BackwardFlow> next() override {
    const std::optional<Frame> frame = video_->next();
    if (!frame) return std::nullopt;
    const cv::Mat before = std::exchange(now_, scaled_grey(frame->rgb, size_));
    if (before.empty()) return BackwardFlow{};
    return checked_flow(flow_between(now_, before), flow_between(before, now_));
  }

 private:
  // Where each pixel of `from` is in `to`. The result does not depend on the number of threads:
  // OpenCV cuts the picture into the same stripes for any.
  cv::Mat flow_between(const cv::Mat& from, const cv::Mat& to) {
    cv::Mat flow;  // A new one each time: OpenCV would start from what it holds.
    dis_->calc(from, to, flow);
    return flow;
  }

  std::unique_ptr<FrameSource> video_;
  cv::Size size_;
  cv::Ptr<cv::DISOpticalFlow> dis_;
  cv::Mat now_;
};

}  // namespace

std::unique_ptr<FlowSource> make_dis_flow(std::unique_ptr<FrameSource> video,
                                          std::int64_t height_px, std::int64_t width_px) {
  return std::make_unique<DisFlow>(std::move(video), height_px, width_px);
}

}  // namespace rollingdepth
