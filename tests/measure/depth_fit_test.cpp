#include "measure/depth_fit.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "rollingdepth/error.hpp"
#include "tensor_reader.hpp"

namespace rollingdepth {
namespace {

using ::testing::HasSubstr;

MapPair pair_of(const at::Tensor& reference, const at::Tensor& candidate) {
  return {.reference = reference.contiguous(),
          .candidate = candidate.contiguous(),
          .valid = at::isfinite(reference).logical_and(at::isfinite(candidate)).contiguous()};
}

DepthAffine fit(DepthAlignment alignment, FitMethod method, const MapPair& maps) {
  DepthFit fit(alignment, method, 1);
  fit.add(maps);
  return fit.solve();
}

// (1,3) (2,5) (4,9): y = 2 x + 1 exactly.
TEST(DepthFit, FindsTheLineThroughThreePoints) {
  const MapPair maps =
      pair_of(at::tensor({3.f, 5.f, 9.f}).view({1, 3}), at::tensor({1.f, 2.f, 4.f}).view({1, 3}));
  for (const FitMethod method : {FitMethod::kLeastSquares, FitMethod::kRobust}) {
    const DepthAffine affine = fit(DepthAlignment::kAffine, method, maps);
    EXPECT_NEAR(affine.scale, 2, 1e-9);
    EXPECT_NEAR(affine.shift, 1, 1e-9);
  }
}

// By hand: x = 1 2 3, y = 2 2 5: mean 2 and 3, covariance (1 + 0 + 2) / 3 = 1, variance 2/3.
TEST(DepthFit, IsTheLeastSquaresLineWherePointsAreNotOnOne) {
  const MapPair maps =
      pair_of(at::tensor({2.f, 2.f, 5.f}).view({1, 3}), at::tensor({1.f, 2.f, 3.f}).view({1, 3}));
  const DepthAffine affine = fit(DepthAlignment::kAffine, FitMethod::kLeastSquares, maps);
  EXPECT_NEAR(affine.scale, 1.5, 1e-9);
  EXPECT_NEAR(affine.shift, 0, 1e-9);
  // sum xy / sum xx = (2 + 4 + 15) / 14.
  EXPECT_NEAR(fit(DepthAlignment::kScale, FitMethod::kLeastSquares, maps).scale, 1.5, 1e-9);
  EXPECT_EQ(fit(DepthAlignment::kScale, FitMethod::kLeastSquares, maps).shift, 0);
}

// The least absolute deviation of a scale alone is the median of y / x, weighted by |x|: ratios 1,
// 2 and 10 with the weights 1, 1 and 1.
TEST(DepthFit, TakesTheWeightedMedianForARobustScale) {
  const MapPair maps = pair_of(at::tensor({1.f, 2.f, 10.f}).view({1, 3}), at::ones({1, 3}));
  EXPECT_NEAR(fit(DepthAlignment::kScale, FitMethod::kRobust, maps).scale, 2, 1e-5);
}

// Every fifth pixel is far off, all to one side; the rest lies on a line.
TEST(DepthFit, IsNotMovedByOutliersWhereItIsRobust) {
  const at::Tensor candidate = testing::waves(1, 40, 60)[0];
  at::Tensor reference = 0.5 * candidate + 0.25;
  reference.view({-1}).slice(0, 0, std::nullopt, 5).add_(1e4);
  const MapPair maps = pair_of(reference, candidate);
  const DepthAffine robust = fit(DepthAlignment::kAffine, FitMethod::kRobust, maps);
  EXPECT_NEAR(robust.scale, 0.5, 1e-4);
  EXPECT_NEAR(robust.shift, 0.25, 1e-4);
  EXPECT_GT(fit(DepthAlignment::kAffine, FitMethod::kLeastSquares, maps).shift, 1000);
}

// So many frames that one pixel of 16 is kept, 16 pixels wide: not all from the damaged column.
TEST(DepthFit, KeepsPixelsOfEveryColumn) {
  constexpr std::int64_t kFrames = 4096;
  DepthFit fit(DepthAlignment::kAffine, FitMethod::kRobust, kFrames);
  at::Tensor candidate = testing::waves(1, 128, 16)[0];
  at::Tensor reference = 2 * candidate + 1;
  reference.select(1, 0).fill_(100);
  const MapPair maps = pair_of(reference, candidate);
  for (std::int64_t frame = 0; frame < kFrames; ++frame) fit.add(maps);
  EXPECT_NEAR(fit.solve().scale, 2, 1e-4);
  EXPECT_NEAR(fit.solve().shift, 1, 1e-4);
}

// Inverse depth 0.5 x + 0.1 of a depth.
TEST(DepthFit, FitsInverseDepthToDepth) {
  const at::Tensor candidate = testing::waves(1, 20, 30)[0] + 1.5;
  const at::Tensor depth = 1 / (0.5 * candidate + 0.1);
  for (const FitMethod method : {FitMethod::kLeastSquares, FitMethod::kRobust}) {
    const DepthAffine affine =
        fit(DepthAlignment::kAffineInverse, method, pair_of(depth, candidate));
    EXPECT_NEAR(affine.scale, 0.5, 1e-5);
    EXPECT_NEAR(affine.shift, 0.1, 1e-5);
    const at::Tensor aligned =
        aligned_candidate(candidate, DepthAlignment::kAffineInverse, affine, {0.1, 100});
    EXPECT_LT((aligned - depth).abs().max().item<float>(), 1e-4);
  }
}

// 1 / 0.5 = 2; 1 / -1 is behind the camera; 1 / 100 is nearer than the nearest.
TEST(DepthFit, ClipsDepthMadeOfInverseDepth) {
  const at::Tensor aligned = aligned_candidate(at::tensor({0.5f, -1.f, 0.f, 100.f}).view({1, 4}),
                                               DepthAlignment::kAffineInverse, {1, 0}, {0.1, 50});
  EXPECT_TRUE(at::allclose(aligned, at::tensor({2.f, 50.f, 50.f, 0.1f}).view({1, 4})));
}

TEST(DepthFit, IgnoresPixelsThatAreNotValid) {
  at::Tensor reference = at::tensor({3.f, 5.f, 9.f, 700.f, 8.f}).view({1, 5});
  at::Tensor candidate = at::tensor({1.f, 2.f, 4.f, 1.f, NAN}).view({1, 5});
  MapPair maps = pair_of(reference, candidate);
  maps.valid[0][3] = false;
  const DepthAffine affine = fit(DepthAlignment::kAffine, FitMethod::kRobust, maps);
  EXPECT_NEAR(affine.scale, 2, 1e-9);
  EXPECT_NEAR(affine.shift, 1, 1e-9);
}

// A line through values around a million, where sums of squares hold no digit of the slope.
TEST(DepthFit, KeepsItsDigitsFarFromZero) {
  const at::Tensor steps = at::arange(1000, at::kFloat).view({10, 100});
  const DepthAffine affine =
      fit(DepthAlignment::kAffine, FitMethod::kLeastSquares, pair_of(4e6 + 2 * steps, 1e6 + steps));
  EXPECT_NEAR(affine.scale, 2, 1e-9);
  EXPECT_NEAR(affine.shift, 2e6, 1e-2);
}

TEST(DepthFit, IsTheSameForFramesAddedOneByOne) {
  const at::Tensor candidate = testing::waves(4, 20, 30);
  const at::Tensor reference = 1.7 * candidate - 0.3 + 0.1 * candidate * candidate;
  DepthFit fit(DepthAlignment::kAffine, FitMethod::kLeastSquares, 4);
  for (std::int64_t i = 0; i < 4; ++i) fit.add(pair_of(reference[i], candidate[i]));
  DepthFit whole(DepthAlignment::kAffine, FitMethod::kLeastSquares, 1);
  whole.add(pair_of(reference.view({80, 30}), candidate.view({80, 30})));
  EXPECT_NEAR(fit.solve().scale, whole.solve().scale, 1e-12);
  EXPECT_NEAR(fit.solve().shift, whole.solve().shift, 1e-12);
}

TEST(DepthFit, StaysSimpleWhereNothingCanBeDetermined) {
  const at::Tensor ones = at::ones({2, 2});
  const MapPair flat = pair_of(3 * ones, ones);
  const DepthAffine affine = fit(DepthAlignment::kAffine, FitMethod::kLeastSquares, flat);
  EXPECT_EQ(affine.scale, 0);
  EXPECT_EQ(affine.shift, 3);
  const DepthAffine zero =
      fit(DepthAlignment::kScale, FitMethod::kLeastSquares, pair_of(ones, 0 * ones));
  EXPECT_EQ(zero.scale, 1);
  const DepthAffine none = DepthFit(DepthAlignment::kAffine, FitMethod::kRobust, 1).solve();
  EXPECT_EQ(none.scale, 1);
  EXPECT_EQ(none.shift, 0);
  EXPECT_EQ(fit(DepthAlignment::kNone, FitMethod::kRobust, flat).scale, 1);
}

TEST(DepthAlignment, IsKnownByItsName) {
  for (const std::string& name : depth_alignment_names()) {
    EXPECT_EQ(to_string(parse_depth_alignment(name)), name);
  }
  for (const std::string& name : fit_method_names()) {
    EXPECT_EQ(to_string(parse_fit_method(name)), name);
  }
  try {
    parse_depth_alignment("afine");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'affine'"));
  }
}

}  // namespace
}  // namespace rollingdepth
