#include "method/video_depth_anything/stitch.hpp"

#include <gtest/gtest.h>

#include "method/video_depth_anything/windows.hpp"
#include "parity_report.hpp"
#include "recorded.hpp"

namespace rollingdepth::vda {
namespace {

// All frames of `frames` from windows, [K, 32, H, W].
at::Tensor stitched(const at::Tensor& windows, std::int64_t frames, bool metric = false) {
  std::vector<at::Tensor> maps;
  Stitcher stitcher(metric, [&](std::int64_t frame, const at::Tensor& map) {
    EXPECT_EQ(frame, static_cast<std::int64_t>(maps.size()));
    maps.push_back(map.clone());
  });
  for (std::int64_t window = 0; window < window_count(frames); ++window) {
    std::vector<at::Tensor> outputs;
    for (std::int64_t i = 0; i < used_outputs(window, frames); ++i) {
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
  const auto frames = window_frames(1, 46);
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
}  // namespace rollingdepth::vda
