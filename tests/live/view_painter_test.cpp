#include "live/view_painter.hpp"

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "write/colormap.hpp"

namespace rollingdepth::live {
namespace {

// Depth of half the frame's size.
const at::Tensor kShown = at::arange(6, at::kFloat).view({2, 3}) / 5;
at::Tensor red() {
  at::Tensor rgb = at::zeros({3, 4, 6}, at::kByte);
  rgb[0].fill_(200);
  return rgb;
}

TEST(ViewPainter, PaintsDepthFromFarToNear) {
  const ViewPainter painter(View::kDepth, "Greys_r");
  const at::Tensor view = painter.paint(red(), kShown);
  EXPECT_EQ(painter.size({3, 2}), (FrameSize{3, 2}));
  const at::Tensor table = colormap_table("Greys_r");
  EXPECT_TRUE(at::equal(view[0][0], table[0]));
  EXPECT_TRUE(at::equal(view[1][2], table[255]));
}

TEST(ViewPainter, PutsTheFrameBesideDepth) {
  const ViewPainter painter(View::kSideBySide, "Greys_r");
  const at::Tensor view = painter.paint(red(), kShown);
  EXPECT_EQ(painter.size({3, 2}), (FrameSize{16, 2}));
  ASSERT_EQ(view.sizes(), c10::IntArrayRef({2, 16, 3}));
  EXPECT_TRUE(at::equal(view[1][2], at::tensor({200, 0, 0}, at::kByte)));
  EXPECT_TRUE(at::equal(view[1][5], at::zeros({3}, at::kByte)));
  EXPECT_TRUE(at::equal(view[1][15], colormap_table("Greys_r")[255]));
}

TEST(ViewPainter, ShowsTheFrameAloneInDepthsSize) {
  const at::Tensor view = ViewPainter(View::kColor, "Greys_r").paint(red(), kShown);
  ASSERT_EQ(view.sizes(), c10::IntArrayRef({2, 3, 3}));
  EXPECT_TRUE(view.is_contiguous());
  EXPECT_TRUE(at::equal(view[1][2], at::tensor({200, 0, 0}, at::kByte)));
}

}  // namespace
}  // namespace rollingdepth::live
