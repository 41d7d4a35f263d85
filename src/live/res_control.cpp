#include "live/res_control.hpp"

#include <algorithm>
#include <cmath>

namespace rollingdepth::live {
namespace {

constexpr double kStepPx = 16;
constexpr double kLeastPx = 96;
constexpr double kMemory = 0.8;        // Of the running mean, a frame.
constexpr std::int64_t kSettling = 3;  // Frames after a change that do not count: first calls.
constexpr std::int64_t kLookDown = 15;
constexpr std::int64_t kLookUp = 100;
constexpr double kTooLong = 0.95;  // Of the time allowed.
constexpr double kAim = 0.8;
constexpr double kSpare = 0.55;

}  // namespace

ResControl::ResControl(std::int64_t res_px, double seconds)
    : most_px_(res_px), res_px_(res_px), allowed_seconds_(seconds) {}

std::optional<std::int64_t> ResControl::after_frame(double busy_seconds) {
  if (++frames_ <= kSettling) return std::nullopt;
  busy_seconds_ = frames_ == kSettling + 1 ? busy_seconds
                                           : kMemory * busy_seconds_ + (1 - kMemory) * busy_seconds;
  const std::int64_t before = res_px_;
  const double share = busy_seconds_ / allowed_seconds_;
  const bool too_long = frames_ >= kLookDown && share > kTooLong;
  const bool spare = frames_ >= kLookUp && share < kSpare;
  // The time goes with the number of pixels.
  if (too_long || spare) change_to(static_cast<double>(res_px_) * std::sqrt(kAim / share));
  if (res_px_ == before) return std::nullopt;
  frames_ = 0;
  return res_px_;
}

void ResControl::change_to(double edge_px) {
  const double stepped = std::floor(edge_px / kStepPx) * kStepPx;
  const double most = static_cast<double>(most_px_);
  res_px_ = static_cast<std::int64_t>(std::min(std::max(stepped, kLeastPx), most));
}

}  // namespace rollingdepth::live
