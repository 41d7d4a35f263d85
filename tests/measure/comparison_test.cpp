#include "measure/comparison.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <string>

#include "error_matchers.hpp"
#include "rollingdepth/error.hpp"
#include "tensor_reader.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;
using ::testing::SizeIs;
using testing::TensorReader;
using testing::waves;

ClipComparison compare(const at::Tensor& reference, const at::Tensor& candidate,
                       const ComparisonOptions& options = {}) {
  TensorReader first(reference, "ref.npy"), second(candidate, "cand.npy");
  SilentProgress progress;
  return compare_clips({.reference = first, .candidate = second}, options, progress);
}

TEST(CompareClips, FindsNoDifferenceBetweenEqualClips) {
  const ClipComparison comparison = compare(waves(3, 20, 24), waves(3, 20, 24));
  EXPECT_EQ(comparison.metrics[Metric::kMae], 0);
  EXPECT_EQ(comparison.metrics[Metric::kMaxError], 0);
  EXPECT_NEAR(comparison.metrics[Metric::kPearson], 1, 1e-12);
  EXPECT_NEAR(comparison.metrics[Metric::kSpearman], 1, 1e-12);
  EXPECT_NEAR(comparison.metrics[Metric::kSsim], 1, 1e-12);
  EXPECT_TRUE(std::isinf(comparison.metrics[Metric::kPsnr]));
  EXPECT_EQ(comparison.metrics[Metric::kEdgeF1], 1);
  EXPECT_EQ(comparison.metrics[Metric::kTemporalDifference], 0);
  EXPECT_EQ(comparison.metrics[Metric::kCoverage], 1);
  EXPECT_TRUE(std::isnan(comparison.metrics[Metric::kAbsRel]));
  EXPECT_THAT(comparison.frames, SizeIs(3));
  EXPECT_THAT(comparison.warnings, IsEmpty());
}

// Frames 0.1, 0.3 and 0.2 off: 0.2 in the mean, 0.3 at the largest, sqrt((1 + 9 + 4) / 300).
TEST(CompareClips, SumsPixelsOverTheClip) {
  const at::Tensor reference = waves(3, 20, 24);
  const at::Tensor offsets = at::tensor({0.1f, -0.3f, 0.2f}).view({3, 1, 1});
  const ClipComparison comparison = compare(reference, reference + offsets);
  EXPECT_NEAR(comparison.metrics[Metric::kMae], 0.2, 1e-6);
  EXPECT_NEAR(comparison.metrics[Metric::kMaxError], 0.3, 1e-6);
  EXPECT_NEAR(comparison.metrics[Metric::kRmse], std::sqrt(0.14 / 3), 1e-6);
  EXPECT_NEAR(comparison.frames[1].metrics[Metric::kMae], 0.3, 1e-6);
  EXPECT_EQ(comparison.valid_pixels, 3 * 20 * 24);
}

// Frames of unequal numbers of pixels: (1 * 0 + 479 * ... ) the mean is over pixels, not frames.
TEST(CompareClips, WeighsFramesByTheirPixels) {
  const at::Tensor reference = at::zeros({2, 4, 4});
  at::Tensor candidate = at::zeros({2, 4, 4});
  candidate[1].fill_(1);
  at::Tensor sparse = reference.clone();
  sparse[1].view({-1}).slice(0, 0, 12).fill_(NAN);  // 4 pixels are left.
  const ClipComparison comparison = compare(sparse, candidate);
  EXPECT_NEAR(comparison.metrics[Metric::kMae], 4.0 / 20, 1e-12);
  EXPECT_THAT(comparison.warnings,
              ElementsAre(HasSubstr("12 values of ref.npy are not finite; they do not count")));
}

TEST(CompareClips, DoesNotDependOnTheNumberOfThreads) {
  const at::Tensor reference = waves(7, 20, 24);
  const at::Tensor candidate = (reference * 2).sin();
  ComparisonOptions options;
  options.alignment = DepthAlignment::kAffine;
  const int threads = at::get_num_threads();
  const ClipComparison one = compare(reference, candidate, options);
  at::set_num_threads(3);
  const ClipComparison three = compare(reference, candidate, options);
  at::set_num_threads(threads);
  for (const MetricInfo& metric : metric_table()) {
    const double value = one.metrics[metric.metric];
    if (std::isnan(value)) continue;
    EXPECT_EQ(value, three.metrics[metric.metric]) << metric.name;
  }
}

TEST(CompareClips, FitsTheClipAsAWhole) {
  const at::Tensor candidate = waves(3, 20, 24);
  ComparisonOptions options;
  options.alignment = DepthAlignment::kAffine;
  const ClipComparison comparison = compare(3 * candidate - 1, candidate, options);
  ASSERT_TRUE(comparison.affine);
  EXPECT_NEAR(comparison.affine->scale, 3, 1e-6);
  EXPECT_NEAR(comparison.affine->shift, -1, 1e-6);
  EXPECT_LT(comparison.metrics[Metric::kMaxError], 1e-5);
  EXPECT_FALSE(comparison.frames[0].affine);
}

// Every frame in a scale of its own: one fit for the clip cannot bring them together.
TEST(CompareClips, FitsEveryFrameWhereThatIsAskedFor) {
  const at::Tensor candidate = waves(3, 20, 24);
  const at::Tensor scales = at::tensor({1.f, 2.f, 4.f}).view({3, 1, 1});
  ComparisonOptions options;
  options.alignment = DepthAlignment::kScale;
  EXPECT_GT(compare(scales * candidate, candidate, options).metrics[Metric::kMae], 0.1);
  options.scope = FitScope::kFrame;
  const ClipComparison comparison = compare(scales * candidate, candidate, options);
  EXPECT_FALSE(comparison.affine);
  ASSERT_TRUE(comparison.frames[2].affine);
  EXPECT_NEAR(comparison.frames[2].affine->scale, 4, 1e-5);
  EXPECT_LT(comparison.metrics[Metric::kMaxError], 1e-5);
  EXPECT_NEAR(comparison.metrics[Metric::kSpearman], 1, 1e-6);  // Of what was aligned.
}

TEST(CompareClips, SaysWhereTheCandidateRunsTheOtherWay) {
  ComparisonOptions options;
  options.alignment = DepthAlignment::kAffine;
  const ClipComparison comparison = compare(waves(2, 20, 24), -waves(2, 20, 24), options);
  EXPECT_NEAR(comparison.affine->scale, -1, 1e-6);
  EXPECT_THAT(comparison.warnings, ElementsAre(HasSubstr("other inverse depth?")));
}

// Depth of 1 to 4 and zeros that were not measured, against its inverse times two.
TEST(CompareClips, MeasuresInverseDepthAgainstGroundTruth) {
  at::Tensor truth = 2.5 + 1.5 * waves(2, 20, 24);
  const at::Tensor candidate = 2 / truth;
  truth[0][0].fill_(0);
  ComparisonOptions options;
  options.ground_truth = true;
  options.alignment = DepthAlignment::kAffineInverse;
  const ClipComparison comparison = compare(truth, candidate, options);
  EXPECT_NEAR(comparison.affine->scale, 0.5, 1e-5);
  EXPECT_EQ(comparison.valid_pixels, 2 * 20 * 24 - 24);
  EXPECT_LT(comparison.metrics[Metric::kAbsRel], 1e-5);
  EXPECT_EQ(comparison.metrics[Metric::kDelta1], 1);
  EXPECT_LT(comparison.metrics[Metric::kSilog], 1e-2);
}

// Truth 2 everywhere but one 4; candidate 2.4 and 9, clipped to the truth's largest, 4.
TEST(CompareClips, ClipsToTheRangeOfTheGroundTruth) {
  at::Tensor truth = at::full({1, 4, 5}, 2.0f), candidate = at::full({1, 4, 5}, 2.4f);
  truth[0][0][0] = 4;
  candidate[0][0][0] = 9;
  ComparisonOptions options;
  options.ground_truth = true;
  ClipComparison comparison = compare(truth, candidate, options);
  EXPECT_EQ(comparison.max_depth, 4);
  EXPECT_NEAR(comparison.metrics[Metric::kAbsRel], 19 * 0.2 / 20, 1e-6);
  options.max_depth = 3;  // The 4 does not count any more.
  comparison = compare(truth, candidate, options);
  EXPECT_EQ(comparison.valid_pixels, 19);
  EXPECT_NEAR(comparison.metrics[Metric::kAbsRel], 0.2, 1e-6);
}

TEST(CompareClips, LooksOnlyInsideTheMask) {
  const at::Tensor reference = waves(3, 20, 24);
  at::Tensor candidate = reference.clone();
  candidate.slice(1, 0, 10).add_(100);
  TensorReader first(reference), second(candidate);
  SilentProgress progress;
  at::Tensor mask = at::ones({3, 20, 24});
  mask.slice(1, 0, 10).fill_(0);
  TensorReader masks(mask), one(mask.slice(0, 0, 1), "mask.npy");
  for (TensorReader* given : {&masks, &one}) {
    const ClipComparison comparison = compare_clips(
        {.reference = first, .candidate = second, .mask = given}, ComparisonOptions{}, progress);
    EXPECT_EQ(comparison.metrics[Metric::kMaxError], 0);
    EXPECT_EQ(comparison.valid_pixels, 3 * 10 * 24);
    EXPECT_EQ(comparison.metrics[Metric::kCoverage], 1);
  }
}

// A candidate without values in half of the pixels agrees in the rest: coverage tells.
TEST(CompareClips, CountsWhatTheCandidateLeavesOut) {
  at::Tensor candidate = waves(2, 20, 24);
  candidate[0].fill_(INFINITY);
  const ClipComparison comparison = compare(waves(2, 20, 24), candidate);
  EXPECT_EQ(comparison.metrics[Metric::kMae], 0);
  EXPECT_EQ(comparison.metrics[Metric::kCoverage], 0.5);
  EXPECT_EQ(comparison.candidate.not_finite, 480);
  EXPECT_TRUE(std::isnan(comparison.frames[0].metrics[Metric::kMae]));
  EXPECT_EQ(comparison.frames[0].metrics[Metric::kCoverage], 0);
  EXPECT_THAT(comparison.warnings,
              ElementsAre(HasSubstr("480 values of cand.npy are not finite"),
                          HasSubstr("1 of 2 frames have no pixel that counts")));
}

TEST(CompareClips, ScalesTheCandidateWhereThatIsAskedFor) {
  const at::Tensor reference = at::arange(8, at::kFloat).view({1, 1, 8}).expand({2, 6, 8});
  const at::Tensor candidate =
      at::arange(16, at::kFloat).view({1, 1, 16}).expand({2, 12, 16}).contiguous() / 2 - 0.25;
  ComparisonOptions options;
  options.resize = true;
  const ClipComparison comparison = compare(reference.contiguous(), candidate, options);
  // Half-pixel centres: pixel i of the small one lies between 2 i and 2 i + 1.
  EXPECT_LT(comparison.frames[0].metrics[Metric::kMae], 0.05);
}

TEST(CompareClips, ComparesAsManyFramesAsBothHave) {
  ComparisonOptions options;
  options.common_frames = true;
  EXPECT_THAT(compare(waves(3, 8, 9), waves(5, 8, 9), options).frames, SizeIs(3));
  EXPECT_THAT(compare(waves(5, 8, 9), waves(3, 8, 9), options).frames, SizeIs(3));
}

// Moves by one pixel a frame; nothing is hidden.
class SteadyFlow final : public FlowSource {
 public:
  explicit SteadyFlow(std::int64_t frames) : frames_(frames) {}
  std::optional<BackwardFlow> next() override {
    if (next_ == frames_) return std::nullopt;
    if (next_++ == 0) return BackwardFlow{};
    at::Tensor offset = at::zeros({2, 6, 8});
    offset[0].fill_(-1);
    return BackwardFlow{.offset = offset, .visible = at::ones({6, 8}, at::kBool)};
  }

 private:
  std::int64_t frames_;
  std::int64_t next_ = 0;
};

// A ramp that moves to the right by one pixel a frame changes by 1 in place, not at all along.
TEST(CompareClips, FollowsTheMotionOfTheVideo) {
  at::Tensor clip = at::empty({3, 6, 8});
  for (std::int64_t t = 0; t < 3; ++t) {
    clip[t] = (at::arange(8, at::kFloat) - static_cast<float>(t)).view({1, 8}).expand({6, 8});
  }
  at::Tensor flicker = clip.clone();
  flicker[1] += 0.5;
  TensorReader first(clip), second(flicker);
  SteadyFlow flow(3);
  SilentProgress progress;
  const ClipComparison comparison = compare_clips(
      {.reference = first, .candidate = second, .flow = &flow}, ComparisonOptions{}, progress);
  EXPECT_NEAR(comparison.metrics[Metric::kReferenceTemporalChange], 1, 1e-6);
  EXPECT_NEAR(comparison.metrics[Metric::kReferenceFlowWarpError], 0, 1e-6);
  EXPECT_NEAR(comparison.metrics[Metric::kFlowWarpError], 0.5, 1e-6);
  EXPECT_NEAR(comparison.metrics[Metric::kTemporalChange], 1, 1e-6);  // 0.5 and 1.5
  EXPECT_TRUE(std::isnan(comparison.frames[0].metrics[Metric::kFlowWarpError]));
}

void expect_refusal(const std::function<void()>& work, ErrorKind kind, const std::string& said) {
  EXPECT_THAT(message_of(kind, work), HasSubstr(said));
}

TEST(CompareClips, RefusesWhatCannotBeCompared) {
  const auto input = [](const at::Tensor& reference, const at::Tensor& candidate,
                        const std::string& said) {
    expect_refusal([&] { compare(reference, candidate); }, ErrorKind::kInput,
                   "cannot compare ref.npy with cand.npy: " + said);
  };
  input(waves(2, 8, 9), waves(2, 8, 10), "9x8 and 10x8 pixels (--resize");
  input(waves(2, 8, 9), waves(3, 8, 9), "2 and 3 frames (--frames common compares the first 2)");
  input(at::full({1, 4, 4}, NAN), waves(1, 4, 4), "no pixel counts: the reference has no finite");
  input(waves(1, 4, 4), at::full({1, 4, 4}, NAN), "the candidate has no finite value there");
  ComparisonOptions truth;
  truth.ground_truth = true;
  expect_refusal(
      [&] {
        compare(at::zeros({1, 4, 4}), waves(1, 4, 4), truth);
      },
      ErrorKind::kInput, "the reference has no positive depth");
  TensorReader reference(waves(3, 6, 8), "ref.npy"), candidate(waves(3, 6, 8), "cand.npy");
  SilentProgress progress;
  const auto with_mask = [&](const at::Tensor& mask) {
    TensorReader reader(mask, "mask.npy");
    compare_clips({.reference = reference, .candidate = candidate, .mask = &reader}, {}, progress);
  };
  expect_refusal(
      [&] {
        with_mask(at::ones({1, 6, 7}));
      },
      ErrorKind::kInput, "the mask mask.npy has 7x6 pixels, the reference 8x6");
  expect_refusal([&] { with_mask(at::ones({2, 6, 8})); }, ErrorKind::kInput, "has 2 frames");
  expect_refusal([&] { with_mask(at::zeros({1, 6, 8})); }, ErrorKind::kInput, "inside the mask");
  SteadyFlow flow(2);
  expect_refusal(
      [&] {
        compare_clips({.reference = reference, .candidate = candidate, .flow = &flow}, {},
                      progress);
      },
      ErrorKind::kInput, "the video ends after 2 frames; the depth has 3");
}

TEST(ComparisonOptions, RefusesWhatMakesNoSense) {
  const auto usage = [](const std::function<void(ComparisonOptions&)>& change,
                        const std::string& said) {
    ComparisonOptions options;
    change(options);
    expect_refusal([&] { options.validate(); }, ErrorKind::kUsage, said);
  };
  usage([](auto& o) { o.edge_threshold = 0; }, "--edge-threshold: must be greater than 0");
  usage([](auto& o) { o.min_depth = 1; }, "need --ground-truth");
  usage([](auto& o) { o.alignment = DepthAlignment::kAffineInverse; }, "needs --ground-truth");
  usage(
      [](auto& o) {
        o.ground_truth = true;
        o.min_depth = 2;
        o.max_depth = 2;
      },
      "must be below --max-depth");
}

}  // namespace
}  // namespace rollingdepth
