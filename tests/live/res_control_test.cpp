#include "live/res_control.hpp"

#include <gtest/gtest.h>

namespace rollingdepth::live {
namespace {

// A computer that takes so long for a frame of 256 pixels, and in proportion to pixels.
double seconds_at(std::int64_t res_px, double seconds_at_256) {
  const double side = static_cast<double>(res_px) / 256;
  return seconds_at_256 * side * side;
}

std::int64_t settle(ResControl& control, double seconds_at_256, int frames = 500) {
  for (int i = 0; i < frames; ++i)
    control.after_frame(seconds_at(control.res_px(), seconds_at_256));
  return control.res_px();
}

TEST(ResControl, LowersTheEdgeUntilTheRateIsHeld) {
  ResControl control(256, 0.04);
  const std::int64_t edge = settle(control, 0.08);
  EXPECT_LE(seconds_at(edge, 0.08), 0.04);
  EXPECT_GE(seconds_at(edge, 0.08), 0.04 * 0.5);
  EXPECT_EQ(edge % 16, 0);
}

TEST(ResControl, LeavesWhatIsFastEnough) {
  ResControl control(256, 0.04);
  for (int i = 0; i < 500; ++i) EXPECT_FALSE(control.after_frame(0.03));
}

TEST(ResControl, RaisesItAgainWhenThereIsTime) {
  ResControl control(256, 0.04);
  EXPECT_LT(settle(control, 0.1), 256);
  EXPECT_EQ(settle(control, 0.01), 256);
}

TEST(ResControl, DoesNotSwing) {
  ResControl control(384, 0.04);
  settle(control, 0.07);
  int changes = 0;
  for (int i = 0; i < 2000; ++i) {
    if (control.after_frame(seconds_at(control.res_px(), 0.07))) ++changes;
  }
  EXPECT_EQ(changes, 0);
}

TEST(ResControl, IgnoresASingleSlowFrame) {
  ResControl control(256, 0.04);
  settle(control, 0.02, 50);
  EXPECT_FALSE(control.after_frame(0.1));
  EXPECT_FALSE(control.after_frame(0.02));
}

TEST(ResControl, HasALeastEdge) {
  ResControl control(256, 0.04);
  EXPECT_EQ(settle(control, 100), 96);
}

}  // namespace
}  // namespace rollingdepth::live
