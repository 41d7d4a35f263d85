#include "decode/reduced_clip.hpp"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "base/formatted.hpp"
#include "base/resample.hpp"

namespace rollingdepth {
namespace {

// What a rate may be off without a remark.
constexpr double kNearRate = 0.01;

std::int64_t even(double side) {
  return std::max<std::int64_t>(2, 2 * static_cast<std::int64_t>(std::nearbyint(side / 2)));
}

FrameSize size_within(FrameSize size, std::int64_t max_res_px) {
  const std::int64_t longest = std::max(size.width_px, size.height_px);
  if (max_res_px == 0 || longest <= max_res_px) return size;
  const double scale = static_cast<double>(max_res_px) / static_cast<double>(longest);
  return {.width_px = even(static_cast<double>(size.width_px) * scale),
          .height_px = even(static_cast<double>(size.height_px) * scale)};
}

class ReducedClip final : public FrameSource {
 public:
  ReducedClip(std::unique_ptr<FrameSource> source, const ClipReduction& reduction)
      : source_(std::move(source)), info_(source_->info()) {
    if (reduction.target_rate) {
      stride_ = stride_of(info_.frame_rate, *reduction.target_rate);
      asked_ = *reduction.target_rate;
    }
    const FrameSize size = size_within({info_.width_px, info_.height_px}, reduction.max_res_px);
    info_.width_px = size.width_px;
    info_.height_px = size.height_px;
    drop_frames();
  }

  [[nodiscard]] const ClipInfo& info() const override { return info_; }

  std::optional<Frame> next() override {
    for (std::int64_t i = 1; read_any_ && i < stride_; ++i) {
      if (!source_->next()) return std::nullopt;
    }
    read_any_ = true;
    std::optional<Frame> frame = source_->next();
    if (frame) {
      frame->rgb = resample_picture(frame->rgb, {info_.width_px, info_.height_px}).contiguous();
    }
    return frame;
  }

  // The times of the frames that are dropped are not known to differ from those of the others.
  bool seek(std::int64_t pts) override { return stride_ == 1 && source_->seek(pts); }

  bool rewind() override {
    if (!source_->rewind()) return false;
    read_any_ = false;
    return true;
  }

  [[nodiscard]] std::vector<std::string> survey(std::int64_t first,
                                                std::int64_t count) const override {
    std::vector<std::string> remarks =
        source_->survey(first * stride_, count == 0 ? 0 : (count - 1) * stride_ + 1);
    if (asked_ && std::abs(info_.frame_rate.value() / asked_->value() - 1) > kNearRate) {
      remarks.push_back(
          formatted("frames are dropped by whole strides: one of %lld is used, %.4g "
                    "a second where %.4g were asked for",
                    static_cast<long long>(stride_), info_.frame_rate.value(), asked_->value()));
    }
    return remarks;
  }

  [[nodiscard]] std::vector<std::string> warnings() const override { return source_->warnings(); }

 private:
  void drop_frames() {
    if (stride_ == 1) return;
    info_.frame_rate.den *= stride_;
    for (Rational& rate : info_.other_rates) rate.den *= stride_;
    if (info_.frames_estimate) *info_.frames_estimate = kept(*info_.frames_estimate);
    std::vector<std::string> numbers;
    for (std::size_t i = 0; i < info_.frame_numbers.size();
         i += static_cast<std::size_t>(stride_)) {
      numbers.push_back(std::move(info_.frame_numbers[i]));
    }
    info_.frame_numbers = std::move(numbers);
  }

  [[nodiscard]] std::int64_t kept(std::int64_t frames) const {
    return frames / stride_ + (frames % stride_ > 0 ? 1 : 0);
  }

  std::unique_ptr<FrameSource> source_;
  ClipInfo info_;
  std::int64_t stride_ = 1;
  std::optional<Rational> asked_;
  bool read_any_ = false;
};

}  // namespace

std::int64_t stride_of(Rational rate, Rational target_rate) {
  const double stride = std::nearbyint(rate.value() / target_rate.value());
  // More than any clip has frames.
  constexpr double kMost = 1e9;
  return std::max<std::int64_t>(1, static_cast<std::int64_t>(std::min(stride, kMost)));
}

std::unique_ptr<FrameSource> reduced_clip(std::unique_ptr<FrameSource> source,
                                          const ClipReduction& reduction) {
  if (!reduction.target_rate && reduction.max_res_px == 0) return source;
  return std::make_unique<ReducedClip>(std::move(source), reduction);
}

}  // namespace rollingdepth
