#include "live/cut_watch.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <vector>

namespace rollingdepth::live {
namespace {

constexpr FrameSize kSize{64, 36};
constexpr std::int64_t kFrameUs = 40'000;

// A grey picture with a little noise that moves on from frame to frame.
at::Tensor picture(int level, std::int64_t frame) {
  at::Tensor rgb = at::full({3, kSize.height_px, kSize.width_px}, level, at::kByte);
  rgb.slice(2, frame % 8, frame % 8 + 8).add_(10);
  return rgb;
}

// The frames that are cuts.
std::vector<std::int64_t> cuts_of(const std::vector<int>& levels, CutWatch& watch) {
  std::vector<std::int64_t> cuts;
  for (std::int64_t i = 0; i < std::ssize(levels); ++i) {
    if (watch.is_cut(picture(levels[static_cast<std::size_t>(i)], i), i * kFrameUs)) {
      cuts.push_back(i);
    }
  }
  return cuts;
}

std::vector<int> levels(std::initializer_list<std::pair<int, int>> shots) {
  std::vector<int> all;
  for (const auto& [level, frames] : shots)
    all.insert(all.end(), static_cast<std::size_t>(frames), level);
  return all;
}

TEST(CutWatch, TellsACutAtOnce) {
  CutWatch watch({}, kSize);
  EXPECT_EQ(cuts_of(levels({{30, 25}, {200, 25}, {90, 25}}), watch),
            (std::vector<std::int64_t>{25, 50}));
}

TEST(CutWatch, LeavesShotsTheirLeastLength) {
  CutWatch watch({}, kSize);  // 0.6 s are 15 frames.
  EXPECT_EQ(cuts_of(levels({{30, 25}, {200, 5}, {30, 25}}), watch),
            (std::vector<std::int64_t>{25}));
}

// Every frame changes as much: a moving camera.
TEST(CutWatch, LeavesSteadyMotion) {
  std::vector<int> all;
  for (int i = 0; i < 60; ++i) all.push_back(i % 2 == 0 ? 40 : 100);
  CutWatch watch({.least_seconds = 0.08}, kSize);
  const std::vector<std::int64_t> cuts = cuts_of(all, watch);
  EXPECT_LE(cuts.size(), 1U);  // At the beginning nothing is known of the motion.
}

TEST(CutWatch, DoesNotComparePastABeginning) {
  CutWatch watch({}, kSize);
  for (std::int64_t i = 0; i < 25; ++i) watch.is_cut(picture(30, i), i * kFrameUs);
  watch.begin_anew();
  EXPECT_FALSE(watch.is_cut(picture(200, 0), 25 * kFrameUs));
}

}  // namespace
}  // namespace rollingdepth::live
