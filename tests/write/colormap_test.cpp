#include "write/colormap.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <limits>

#include "data_file.hpp"
#include "error_matchers.hpp"
#include "media/npy.hpp"
#include "parity_report.hpp"

namespace rollingdepth {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using testing::data_file;
using ::testing::HasSubstr;
using testing::message_of;

class RecordedPicture : public ::testing::TestWithParam<const char*> {};

TEST_P(RecordedPicture, IsPaintedToTheByte) {
  const at::Tensor depth = read_npy(data_file("picture/depth.npy"));  // [N, 1, H, W]
  const at::Tensor recorded =
      read_npy(data_file(std::string("picture/").append(GetParam()).append(".npy")));
  const at::Tensor table = colormap_table(GetParam());
  const auto min = depth.min().item<float>();
  const auto max = depth.max().item<float>();
  ASSERT_EQ(depth.size(0), recorded.size(0));
  std::vector<at::Tensor> painted;
  for (std::int64_t n = 0; n < depth.size(0); ++n) {
    painted.push_back(colorize(depth[n][0], min, max, table));
  }
  const at::Tensor difference = at::stack(painted).to(at::kInt) - recorded.to(at::kInt);
  testing::expect_parity("colour pictures, levels of 255", GetParam(),
                         difference.abs().max().item<double>(), 0);
}

INSTANTIATE_TEST_SUITE_P(Colormap, RecordedPicture,
                         ::testing::Values("Spectral_r", "Greys_r", "magma", "viridis"));

TEST(Colormap, OffersTheUsualNamesWithTheirReverse) {
  const std::vector<std::string> names = colormap_names();
  for (const std::string name :
       {"Spectral", "Greys", "viridis", "magma", "inferno", "plasma", "cividis", "turbo", "jet",
        "gray", "rainbow", "RdYlBu", "coolwarm", "twilight"}) {
    EXPECT_THAT(names, AllOf(Contains(name), Contains(name + "_r")));
  }
  EXPECT_TRUE(std::ranges::is_sorted(names));
}

TEST(Colormap, EveryNameHasATableThatItsReverseMirrors) {
  for (const std::string& name : colormap_names()) {
    if (name.ends_with("_r")) continue;
    const at::Tensor forward = colormap_table(name).to(at::kInt);
    EXPECT_GE(forward.size(0), 256) << name;
    // matplotlib computes reversed maps anew: a value on the edge of truncation may differ by one.
    const at::Tensor difference = forward.flip(0) - colormap_table(name + "_r").to(at::kInt);
    EXPECT_LE(difference.abs().max().item<int>(), 1) << name;
  }
}

TEST(Colormap, GrayCountsUp) {
  // gray(i) = i / 255 in double precision, times 255, truncated: within one of i.
  const at::Tensor steps = colormap_table("gray").to(at::kInt).select(1, 0) - at::arange(256);
  EXPECT_EQ(steps.max().item<int>(), 0);
  EXPECT_GE(steps.min().item<int>(), -1);
}

TEST(Colormap, UnknownNameSuggestsTheNearest) {
  EXPECT_THAT(message_of(ErrorKind::kUsage, [] { colormap_table("spectral_r"); }),
              AllOf(HasSubstr("'spectral_r'"), HasSubstr("did you mean 'Spectral_r'?")));
  EXPECT_THAT(message_of(ErrorKind::kUsage, [] { colormap_table("_r"); }), HasSubstr("'_r'"));
}

// A table whose entry i is (i, i, i) shows the index itself.
at::Tensor index_table() { return at::arange(256).to(at::kByte).unsqueeze(1).repeat({1, 3}); }

std::vector<int> painted(std::vector<float> depth, float min, float max) {
  const auto width = static_cast<std::int64_t>(depth.size());
  const at::Tensor map = at::from_blob(depth.data(), {1, width}, at::kFloat);
  const at::Tensor picture = colorize(map, min, max, index_table()).to(at::kInt).contiguous();
  std::vector<int> indices;
  for (std::int64_t x = 0; x < width; ++x) indices.push_back(picture[0][x][0].item<int>());
  return indices;
}

TEST(Colorize, MaximumTakesTheLastEntryAndHalfTheMiddleOne) {
  EXPECT_THAT(painted({0.F, 1.F / 256, 0.5F, 1.F}, 0, 1), ::testing::ElementsAre(0, 1, 128, 255));
}

TEST(Colorize, FlatClipTakesTheFirstEntry) {
  EXPECT_THAT(painted({3.F, 3.F}, 3, 3), ::testing::ElementsAre(0, 0));
}

TEST(Colorize, ValuesThatAreNotFiniteTakeTheFirstEntry) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  EXPECT_THAT(painted({kNan, kInfinity, -kInfinity, 1.F}, 0, 1),
              ::testing::ElementsAre(0, 0, 0, 255));
}

TEST(Colorize, ValuesOutsideTheRangeTakeTheNearestEntry) {
  EXPECT_THAT(painted({-1.F, 1e30F}, 0, 1), ::testing::ElementsAre(0, 255));
}

}  // namespace
}  // namespace rollingdepth
