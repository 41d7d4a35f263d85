#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "live/live_target.hpp"

namespace rollingdepth::testing {

/// However slow the machine, what is waited for comes within this time.
constexpr std::chrono::seconds kWaitLimit{90};

/// Waits until `condition` holds. @return whether it came to that.
template <class Condition>
bool comes_true(Condition&& condition,
                std::chrono::milliseconds look = std::chrono::milliseconds{5}) {
  const auto end = std::chrono::steady_clock::now() + kWaitLimit;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(look);
  }
  return true;
}

/// Pictures of 25 a second whose depth is a slope, one level higher each, and whose view is red to
/// the right and green downwards, with the number in blue.
class Pictures {
 public:
  explicit Pictures(FrameSize size = {96, 54}) : size_(size) {}

  [[nodiscard]] live::PictureShape shape(bool drops = true) const {
    return {.depth = size_, .view = size_, .frame_rate = {25, 1}, .drops = drops};
  }
  live::SharedPicture next() { return at_us(40'000 * next_); }
  live::SharedPicture at_us(std::int64_t time_us) {
    auto picture = std::make_shared<live::LivePicture>();
    picture->frame.number = next_++;
    picture->frame.time_us = time_us;
    picture->frame.captured = live::Clock::now();
    const std::int64_t count = size_.width_px * size_.height_px;
    const at::Tensor slope = at::arange(count, at::kFloat).view({size_.height_px, size_.width_px});
    picture->depth = slope + 0.1F * static_cast<float>(picture->frame.number);
    picture->shown = at::remainder(slope * 7 + picture->frame.number, 65536) / 65535;
    picture->view = view_of(picture->frame.number);
    return picture;
  }
  [[nodiscard]] at::Tensor view_of(std::int64_t number) const {
    const at::Tensor x = at::linspace(20, 220, size_.width_px).expand({size_.height_px, -1});
    const at::Tensor y =
        at::linspace(20, 220, size_.height_px).unsqueeze(1).expand({-1, size_.width_px});
    return at::stack({x, y, at::full_like(x, static_cast<double>(number % 200))}, 2)
        .round()
        .to(at::kByte);
  }

 private:
  FrameSize size_;
  std::int64_t next_ = 0;
};

/// A target, what it told, and pictures for it.
class TargetRun {
 public:
  explicit TargetRun(const std::string& target, const live::TargetOptions& options = {},
                     FrameSize size = {96, 54}, bool drops = true)
      : pictures(size) {
    target_ = live::open_live_target(
        target, options, pictures.shape(drops), stop,
        [this](const live::LivePicture& picture, live::Clock::time_point) {
          const std::lock_guard lock(mutex_);
          sent_.push_back(picture.frame.number);
        },
        [this](const std::string& remark) {
          const std::lock_guard lock(mutex_);
          remarks_.push_back(remark);
        });
  }
  [[nodiscard]] live::LiveTarget& operator*() { return *target_; }
  live::LiveTarget* operator->() { return target_.get(); }

  void put(int count) {
    for (int n = 0; n < count; ++n) target_->put(pictures.next());
  }
  /// Puts pictures at some pace until `condition` holds. @return whether it came to that.
  template <class Condition>
  bool put_until(Condition&& condition) {
    return comes_true(
        [&] {
          if (condition()) return true;
          target_->put(pictures.next());
          return false;
        },
        std::chrono::milliseconds{20});
  }
  [[nodiscard]] std::vector<std::int64_t> sent() const {
    const std::lock_guard lock(mutex_);
    return sent_;
  }
  [[nodiscard]] std::vector<std::string> remarks() const {
    const std::lock_guard lock(mutex_);
    return remarks_;
  }
  /// How many remarks hold `words`.
  [[nodiscard]] std::ptrdiff_t remarked(const std::string& words) const {
    const std::vector<std::string> all = remarks();
    return std::count_if(all.begin(), all.end(), [&](const std::string& remark) {
      return remark.find(words) != std::string::npos;
    });
  }
  void drop_target() { target_.reset(); }

  live::StopFlag stop;
  Pictures pictures;

 private:
  mutable std::mutex mutex_;
  std::vector<std::int64_t> sent_;
  std::vector<std::string> remarks_;
  std::unique_ptr<live::LiveTarget> target_;
};

}  // namespace rollingdepth::testing
