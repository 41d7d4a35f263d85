#include "shots/small_picture.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "shots/drawn_frames.hpp"

namespace rollingdepth {
namespace {

using testing::plain_frame;

/// (3 (k + 1) x + 7 y + 50 c + 31 k) mod 256: edges everywhere, all hues.
at::Tensor sawteeth(int k, std::int64_t width, std::int64_t height) {
  const at::Tensor x = at::arange(width).unsqueeze(0), y = at::arange(height).unsqueeze(1);
  std::vector<at::Tensor> planes;
  for (int c = 0; c < 3; ++c) {
    planes.push_back((x * 3 * (k + 1) + y * 7 + c * 50 + k * 31).remainder(256));
  }
  return at::stack(planes).to(at::kByte);
}

double change(FrameSize size) {
  const FrameSize small = small_size(size);
  const SmallPicture first(sawteeth(0, size.width_px, size.height_px), small);
  const SmallPicture second(sawteeth(1, size.width_px, size.height_px), small);
  return second.change_from(first);
}

TEST(SmallPicture, HasALongestSideOf256Pixels) {
  EXPECT_EQ(small_size({1920, 1080}), (FrameSize{256, 144}));
  EXPECT_EQ(small_size({1080, 1920}), (FrameSize{144, 256}));
  EXPECT_EQ(small_size({300, 500}), (FrameSize{154, 256}));
  EXPECT_EQ(small_size({256, 200}), (FrameSize{256, 200}));
  EXPECT_EQ(small_size({100, 50}), (FrameSize{100, 50}));
  EXPECT_EQ(small_size({5000, 1}), (FrameSize{256, 1}));
  // 0.5, which Python rounds to even: 0, and then 1 at least. 2.5 is 2.
  EXPECT_EQ(small_size({512, 5}), (FrameSize{256, 2}));
}

// The change that PySceneDetect 0.7.2 with OpenCV 5.0.0 measures of the same two pictures. Versions
// of OpenCV may round a few pixels otherwise: one level of all would be 1.
TEST(SmallPicture, ChangesAsPySceneDetectMeasures) {
  EXPECT_NEAR(change({640, 360}), 50.03581633391204, 1e-3);
  EXPECT_NEAR(change({300, 500}), 50.92495265151515, 1e-3);
  EXPECT_NEAR(change({200, 100}), 50.87915, 1e-9);
}

TEST(SmallPicture, TellsBrightness) {
  const SmallPicture grey(plain_frame(100), {160, 90});
  EXPECT_NEAR(grey.mean_luma(), 100, 1e-9);
  EXPECT_EQ(grey.share_from(100), 1);
  EXPECT_EQ(grey.share_from(101), 0);
  at::Tensor half = plain_frame(0);
  half.slice(1, 0, 45).fill_(200);
  EXPECT_NEAR(SmallPicture(half, {160, 90}).share_from(150), 0.5, 1e-9);
}

}  // namespace
}  // namespace rollingdepth
