#include "method/windows/stitch.hpp"

#include <gtest/gtest.h>

#include "method/video_depth_anything/recorded.hpp"
#include "method/windows/windows.hpp"
#include "parity_report.hpp"

namespace rollingdepth {
namespace {

using vda::recorded;
using vda::relative;

constexpr WindowShape kShape(32);

// All frames of `frames` from windows, [K, 32, H, W].
at::Tensor stitched(const at::Tensor& windows, std::int64_t frames, bool metric = false) {
  std::vector<at::Tensor> maps;
  Stitcher stitcher(kShape, metric, [&](std::int64_t frame, const at::Tensor& map) {
    EXPECT_EQ(frame, static_cast<std::int64_t>(maps.size()));
    maps.push_back(map.clone());
  });
  for (std::int64_t window = 0; window < window_count(kShape, frames); ++window) {
    std::vector<at::Tensor> outputs;
    for (std::int64_t i = 0; i < used_outputs(kShape, window, frames); ++i) {
      outputs.push_back(windows[window][i]);
    }
    stitcher.add(std::move(outputs));
  }
  stitcher.finish();
  return at::stack(maps);
}

// Windows in scales of their own, a clamp that fires, a singular fit. The original sums in float32.
TEST(Stitching, GivesWhatTheOriginalGives) {
  const at::Tensor expected = recorded("stitch_offline");
  const at::Tensor windows = recorded("stitch_windows");
  const at::Tensor depth = stitched(windows, expected.size(0));
  testing::expect_parity("Video-Depth-Anything, stitching alone (relative)", "four windows",
                         relative(depth, expected), 5e-6);
}

TEST(Stitching, BringsAWindowOfAnotherScaleToThatOfTheFirst) {
  const at::Tensor truth = at::rand({46, 6, 8}) + 1;
  at::Tensor windows = at::zeros({2, 32, 6, 8});
  windows[0].copy_(truth.slice(0, 0, 32));
  const auto frames = window_frames(kShape, 1, 46);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    windows[1][static_cast<std::int64_t>(i)].copy_((truth[frames[i]] - 0.25) / 1.5);
  }
  EXPECT_LT(relative(stitched(windows, 46), truth), 1e-6);
}

TEST(Stitching, LeavesMetresAsTheyAre) {
  const at::Tensor windows = at::rand({2, 32, 2, 2});
  const at::Tensor depth = stitched(windows, 46, /*metric=*/true);
  EXPECT_TRUE(at::equal(depth[40], windows[1][18]));
  EXPECT_TRUE(at::equal(depth[24], windows[0][24]));  // Weight 0 of the new one,
  EXPECT_TRUE(at::equal(depth[31], windows[1][9]));   // and 1.
  EXPECT_TRUE(at::allclose(depth[27], windows[0][27] * (4. / 7) + windows[1][5] * (3. / 7)));
}

// Windows of 8 frames, 4 apart, of which two outputs blend: the second is the new one's alone.
TEST(Stitching, BlendsAsManyOutputsAsTheShapeSays) {
  const at::Tensor windows = at::rand({2, 8, 2, 2});
  std::vector<at::Tensor> depth;
  Stitcher stitcher(WindowShape(8), /*metric=*/true,
                    [&](std::int64_t, const at::Tensor& map) { depth.push_back(map.clone()); });
  for (const at::Tensor& window : windows.unbind()) stitcher.add(window.unbind());
  stitcher.finish();
  ASSERT_EQ(depth.size(), 12U);
  EXPECT_TRUE(at::equal(depth[5], windows[0][5]));
  EXPECT_TRUE(at::equal(depth[6], windows[0][6]));
  EXPECT_TRUE(at::equal(depth[7], windows[1][3]));
  EXPECT_TRUE(at::equal(depth[8], windows[1][4]));
}

// Its anchor is output 3, not 12.
TEST(Stitching, FitsShortWindowsByTheirAnchor) {
  const at::Tensor truth = at::rand({12, 6, 8}) + 1;
  std::vector<at::Tensor> depth;
  Stitcher stitcher(WindowShape(8), /*metric=*/false,
                    [&](std::int64_t, const at::Tensor& map) { depth.push_back(map.clone()); });
  stitcher.add(truth.slice(0, 0, 8).unbind());
  std::vector<at::Tensor> second;
  for (const std::int64_t frame : window_frames(WindowShape(8), 1, 12)) {
    second.push_back((truth[frame] - 0.25) / 1.5);
  }
  stitcher.add(second);
  stitcher.finish();
  EXPECT_LT(relative(at::stack(depth), truth), 1e-6);
}

TEST(AffineFit, OfFlatMapsChangesNothing) {
  const at::Tensor flat = at::full({3, 4}, 2.F);
  const Affine affine = fit_affine({flat, flat}, {at::rand({3, 4}), at::rand({3, 4})});
  EXPECT_EQ(affine.scale, 1);
  EXPECT_EQ(affine.shift, 0);
}

TEST(AffineFit, KeepsANegativeScale) {
  const at::Tensor map = at::rand({5, 5});
  const Affine affine = fit_affine({map, map * 2}, {3 - map, 3 - map * 2});
  EXPECT_NEAR(affine.scale, -1, 1e-6);
  EXPECT_NEAR(affine.shift, 3, 1e-6);
}

}  // namespace
}  // namespace rollingdepth
