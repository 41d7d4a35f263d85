#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "align/co_align.hpp"
#include "align/recorded.hpp"
#include "align/synthetic_clip.hpp"
#include "base/formatted.hpp"
#include "detail_progress.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using testing::all_scales;
using testing::all_shifts;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::plan_of;
using ::testing::StartsWith;
using testing::synthetic_clip;
using testing::SyntheticClip;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

CoAlignResult fit(const std::vector<SnippetSamples>& snippets,
                  const CoAlignOptions& options = co_align_options("quality")) {
  SilentProgress progress;
  return co_align_irls(snippets, options, progress);
}

/// Largest difference of the fitted maps s x + t to the truth, up to one scale and shift of the
/// whole clip; snippets named in `without` do not count. Found from two well-separated truths.
double worst_error(const SyntheticClip& clip, const CoAlignResult& result,
                   std::int64_t without = -1) {
  // True scale / fitted scale is one number for the whole clip, and so is what is left of the
  // shift.
  std::vector<double> ratios, rests;
  for (std::size_t entry = 0; entry < clip.snippets.size(); ++entry) {
    for (std::size_t k = 0; k < clip.scales[entry].size(); ++k) {
      if (entry == 0 && static_cast<std::int64_t>(k) == without) continue;
      const auto i = static_cast<std::int64_t>(k);
      const double scale = result.affines[entry].scale[i].item<double>();
      const double shift = result.affines[entry].shift[i].item<double>();
      ratios.push_back(clip.scales[entry][k] / scale);
      rests.push_back(clip.shifts[entry][k] - ratios.back() * shift);
    }
  }
  const auto spread = [](const std::vector<double>& values) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    return *high - *low;
  };
  return std::max(spread(ratios), spread(rests));
}

TEST(CoAlignIrls, FindsTheTruthWhereNothingIsWrong) {
  const SyntheticClip clip = synthetic_clip({});
  const CoAlignResult result = fit(clip.snippets);
  EXPECT_LT(worst_error(clip, result), 1e-4);
  EXPECT_EQ(result.summary.stop, CoAlignStop::kConverged);
  EXPECT_LT(result.summary.last_objective, 1e-4);
  EXPECT_EQ(result.summary.parts, 1);
  EXPECT_EQ(result.summary.loose_frames, 0);
}

TEST(CoAlignIrls, FixesTheGaugeAtMeanScaleOneAndMeanShiftZero) {
  const SyntheticClip clip = synthetic_clip({.noise = 0.02});
  const CoAlignResult result = fit(clip.snippets);
  EXPECT_NEAR(all_scales(result.affines).to(at::kDouble).mean().item<double>(), 1, 1e-6);
  EXPECT_NEAR(all_shifts(result.affines).to(at::kDouble).mean().item<double>(), 0, 1e-6);
  EXPECT_EQ(result.summary.min_scale, all_scales(result.affines).min().item<float>());
  EXPECT_EQ(result.summary.max_scale, all_scales(result.affines).max().item<float>());
  EXPECT_GT(result.summary.min_scale, 0);
}

TEST(CoAlignIrls, MeasuresTheNoise) {
  const SyntheticClip clip = synthetic_clip({.frames = 60, .noise = 0.02});
  // About the median of some five maps, of snippets whose scales are near 1.
  EXPECT_NEAR(fit(clip.snippets).summary.noise, 0.02, 0.005);
}

// A third of a map is off by a lot, in one map out of four.
TEST(CoAlignIrls, IsNotPulledByPatchesThatAreWrong) {
  SyntheticClip clip = synthetic_clip({.noise = 0.002});
  const double clean = worst_error(clip, fit(clip.snippets));
  for (SnippetSamples& entry : clip.snippets) {
    for (std::int64_t k = 0; k < entry.plan.size(); k += 4) {
      entry.samples[k][k % 3].slice(0, 0, 4).add_(k % 8 == 0 ? 0.5 : -0.4);
    }
  }
  EXPECT_LT(worst_error(clip, fit(clip.snippets)), 2 * clean);
}

// Noise shrinks with the scale, and a long chain of frames could give way to that.
TEST(CoAlignIrls, KeepsTheScaleWhereALongStretchIsNoisier) {
  constexpr std::int64_t kFrames = 1000;
  SyntheticClip clip = synthetic_clip({.frames = kFrames, .dilations = {1, 25}, .noise = 0.005});
  const at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(3);
  std::vector<double> quiet, noisy;
  for (SnippetSamples& entry : clip.snippets) {
    at::Tensor half = entry.samples.slice(0, kFrames / 2);
    half.add_(at::empty_like(half).normal_(0, 0.03, generator));
  }
  const CoAlignResult result = fit(clip.snippets);
  for (std::size_t entry = 0; entry < clip.snippets.size(); ++entry) {
    for (std::size_t k = 0; k < clip.scales[entry].size(); ++k) {
      const auto i = static_cast<std::int64_t>(k);
      (i < kFrames / 2 ? noisy : quiet)
          .push_back(clip.scales[entry][k] / result.affines[entry].scale[i].item<double>());
    }
  }
  const auto mean = [](const std::vector<double>& v) {
    return std::accumulate(v.begin(), v.end(), 0.0) / static_cast<double>(v.size());
  };
  EXPECT_NEAR(mean(noisy) / mean(quiet), 1, 0.005);
}

TEST(CoAlignIrls, LeavesOutAndReportsASnippetThatContradictsAllOthers) {
  SyntheticClip clip = synthetic_clip({.noise = 0.002});
  const at::Tensor columns = at::arange(16, at::kFloat).mul(1.3).sin().expand({3, 12, 16});
  clip.snippets[0].samples[10].copy_(columns);
  const CoAlignResult result = fit(clip.snippets);
  EXPECT_EQ(result.summary.contradicting_snippets, 1);
  EXPECT_TRUE(at::equal(result.affines[0].weight[10], at::zeros({3})));
  EXPECT_LT(worst_error(clip, result, 10), 0.02);
  EXPECT_THAT(warnings_of(result.summary), ::testing::ElementsAre(HasSubstr("1 snippet left out")));
}

TEST(CoAlignIrls, LeavesOutOneMapThatContradictsItsFrame) {
  SyntheticClip clip = synthetic_clip({.noise = 0.002});
  at::Tensor map = clip.snippets[0].samples[10][1];
  map.copy_(map.flip(0));
  const CoAlignResult result = fit(clip.snippets);
  EXPECT_EQ(result.summary.contradicting_maps, 1);
  EXPECT_EQ(result.summary.contradicting_snippets, 0);
  EXPECT_EQ(result.affines[0].weight[10][1].item<float>(), 0);
  EXPECT_GT(result.affines[0].weight[10][0].item<float>(), 0.3);
  EXPECT_LT(worst_error(clip, result), 0.02);
}

TEST(CoAlignIrls, LeavesOutAndReportsSnippetsWithoutDepth) {
  SyntheticClip clip = synthetic_clip({.noise = 0.002});
  clip.snippets[0].samples[5].fill_(0.25);
  clip.snippets[0].samples[20].fill_(kNaN);
  const CoAlignResult result = fit(clip.snippets);
  EXPECT_EQ(result.summary.degenerate_snippets, 2);
  EXPECT_EQ(result.affines[0].weight[5].max().item<float>(), 0);
  EXPECT_EQ(result.affines[0].weight[20].max().item<float>(), 0);
  EXPECT_TRUE(at::isfinite(all_scales(result.affines)).all().item<bool>());
  EXPECT_GT(all_scales(result.affines).min().item<float>(), 0);
}

TEST(CoAlignIrls, WorksAroundValuesThatAreNotFinite) {
  SyntheticClip clip = synthetic_clip({});
  clip.snippets[0].samples[7][1].slice(0, 0, 3).fill_(kNaN);
  clip.snippets[1].samples[3][0][2][2] = std::numeric_limits<float>::infinity();
  EXPECT_LT(worst_error(clip, fit(clip.snippets)), 1e-4);
}

TEST(CoAlignIrls, GivesFramesThatOnlyBadSnippetsShowAGuessAndSaysSo) {
  SyntheticClip clip = synthetic_clip({.frames = 12, .dilations = {1}, .noise = 0.002});
  // Frame 0 is shown by snippet 0 alone.
  clip.snippets[0].samples[0].fill_(0.3);
  const CoAlignResult result = fit(clip.snippets);
  EXPECT_EQ(result.summary.loose_frames, 1);
  EXPECT_EQ(result.affines[0].weight[0][0].item<float>(), 1);
  EXPECT_EQ(result.affines[0].weight[0][1].item<float>(), 0);
}

TEST(CoAlignIrls, KeepsASingleSnippetAsItIs) {
  const SyntheticClip clip = synthetic_clip({.frames = 3, .dilations = {1}});
  const CoAlignResult result = fit(clip.snippets);
  EXPECT_FLOAT_EQ(all_scales(result.affines).item<float>(), 1);
  EXPECT_NEAR(all_shifts(result.affines).item<float>(), 0, 1e-6);
  EXPECT_EQ(result.summary.single_frames, 3);
  EXPECT_EQ(result.affines[0].weight.min().item<float>(), 1);
}

TEST(CoAlignIrls, SurvivesAFlatClip) {
  std::vector<SnippetSamples> snippets = {{plan_of(6, 3, 1), at::zeros({4, 3, 3, 3})}};
  const CoAlignResult result = fit(snippets);
  EXPECT_TRUE(at::equal(all_scales(result.affines), at::ones({4})));
  EXPECT_TRUE(at::equal(result.affines[0].weight, at::ones({4, 3})));
  EXPECT_EQ(result.summary.degenerate_snippets, 4);
}

// Nothing shows even frames together with odd ones: snippets 0, 2 and 4 of 6 against 1, 3 and 5.
TEST(CoAlignIrls, ReportsPartsThatShareNoFrame) {
  const SyntheticClip clip = synthetic_clip({.frames = 10, .dilations = {2}});
  const CoAlignResult result = fit(clip.snippets);
  EXPECT_EQ(result.summary.parts, 2);
  EXPECT_NEAR(result.affines[0].scale.slice(0, 0, 6, 2).mean().item<float>(), 1, 1e-5);
  EXPECT_NEAR(result.affines[0].scale.slice(0, 1, 6, 2).mean().item<float>(), 1, 1e-5);
  EXPECT_THAT(warnings_of(result.summary),
              ::testing::ElementsAre(::testing::HasSubstr("falls into 2 parts")));
}

TEST(CoAlignIrls, GivesTheSameBitsForAnyNumberOfThreads) {
  const SyntheticClip clip = synthetic_clip({.frames = 200, .noise = 0.01});
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const CoAlignResult one = fit(clip.snippets);
  at::set_num_threads(3);
  const CoAlignResult three = fit(clip.snippets);
  at::set_num_threads(threads);
  EXPECT_TRUE(at::equal(all_scales(one.affines), all_scales(three.affines)));
  EXPECT_TRUE(at::equal(all_shifts(one.affines), all_shifts(three.affines)));
  EXPECT_EQ(one.summary.history, three.summary.history);
}

TEST(CoAlignIrls, StopsAtTheLimitOfRounds) {
  CoAlignOptions options = co_align_options("quality");
  options.max_rounds = 2;
  options.tolerance = 0;
  const CoAlignResult result = fit(synthetic_clip({.noise = 0.02}).snippets, options);
  EXPECT_EQ(result.summary.steps, 2);
  EXPECT_EQ(result.summary.stop, CoAlignStop::kLimit);
  EXPECT_EQ(result.summary.history.size(), 2u);
}

// Noise alone: no snippet agrees with any other, so none is left out beforehand.
TEST(CoAlignIrls, KeepsScalesPositiveWhereNothingAgrees) {
  const at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(9);
  const SnippetPlan plan = plan_of(30, 3, 1);
  const at::Tensor noise = at::empty({28, 3, 12, 16}).normal_(1, 0.2, generator);
  const CoAlignResult result = fit({{plan, noise}});
  EXPECT_LT(result.summary.contradicting_snippets, 28);
  EXPECT_GT(all_scales(result.affines).min().item<float>(), 0);
  EXPECT_TRUE(at::isfinite(all_shifts(result.affines)).all().item<bool>());
}

// Every map has pixels that are far off, so that no map agrees with another and none is left out
// beforehand; those of one snippet are so far off that its start is, too.
TEST(CoAlignIrls, LeavesOutWhatStartsTooFarOff) {
  SyntheticClip clip = synthetic_clip({.noise = 0.002});
  const at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(4);
  for (SnippetSamples& entry : clip.snippets) {
    const at::Tensor far = at::empty_like(entry.samples).normal_(0, 5, generator);
    far.mul_(at::empty_like(far).uniform_(0, 1, generator).lt(0.1));
    entry.samples.add_(far);
    if (entry.plan.dilation == 1) entry.samples[10].add_(far[10], 20);
  }
  testing::DetailProgress progress;
  const CoAlignResult result = co_align_irls(clip.snippets, co_align_options("quality"), progress);
  EXPECT_THAT(progress.details, ::testing::Contains(HasSubstr(", strays left out: 1")));
  EXPECT_EQ(result.summary.contradicting_snippets, 1);
  EXPECT_EQ(result.affines[0].weight[10].max().item<float>(), 0);
  EXPECT_GT(all_scales(result.affines).min().item<float>(), 0);
  EXPECT_LT(worst_error(clip, result, 10), 0.02);
}

TEST(CoAlignIrls, StopsWhenTheUserAsksTo) {
  class Impatient final : public Progress {
   public:
    void begin(std::string_view, std::int64_t, std::string_view) override {}
    void advance(std::int64_t done) override { done_ = done; }
    void end(std::string_view) override {}
    void warn(const std::string&) override {}
    void check_cancelled() override {
      if (done_ == 2) throw Cancelled();
    }

   private:
    std::int64_t done_ = 0;
  };
  Impatient progress;
  CoAlignOptions options = co_align_options("quality");
  options.tolerance = 0;
  EXPECT_THROW(co_align_irls(synthetic_clip({.noise = 0.02}).snippets, options, progress),
               Cancelled);
}

TEST(CoAlignIrls, TellsEveryRoundAndTheOneInWhichItConverged) {
  testing::DetailProgress progress;
  const CoAlignSummary summary = co_align_irls(synthetic_clip({.noise = 0.02}).snippets,
                                               co_align_options("balanced"), progress)
                                     .summary;
  ASSERT_EQ(summary.stop, CoAlignStop::kConverged);
  ASSERT_EQ(progress.details.size(), summary.history.size() + 1);
  for (std::size_t i = 0; i < summary.history.size(); ++i) {
    EXPECT_THAT(progress.details[i],
                AllOf(StartsWith(formatted("align: round %zu, residual %.4g, noise 0.0", i + 1,
                                           summary.history[i])),
                      HasSubstr(", largest move ")));
  }
  EXPECT_EQ(progress.details.back(), formatted("align: converged in round %d, residual %.6g",
                                               summary.steps, summary.last_objective));
}

TEST(CoAlignIrls, TellsThatTheRoundsWereTooFew) {
  CoAlignOptions options = co_align_options("quality");
  options.max_rounds = 2;
  options.tolerance = 0;
  testing::DetailProgress progress;
  co_align_irls(synthetic_clip({.noise = 0.02}).snippets, options, progress);
  ASSERT_EQ(progress.details.size(), 3U);
  EXPECT_THAT(progress.details.back(),
              StartsWith("align: ended in round 2 without converging, residual 0.0"));
}

// A mask over two thirds of every map leaves the rest to align.
TEST(CoAlignIrls, AlignsWhatIsLeftOutsideAMask) {
  SyntheticClip clip = synthetic_clip({});
  for (SnippetSamples& entry : clip.snippets) entry.samples.slice(2, 4, 12).fill_(kNaN);
  const CoAlignResult result = fit(clip.snippets);
  EXPECT_EQ(result.summary.degenerate_snippets, 0);
  EXPECT_LT(worst_error(clip, result), 1e-3);
}

TEST(CoAlignIrls, RefusesSamplesThatDoNotFitTogether) {
  SyntheticClip clip = synthetic_clip({});
  clip.snippets[1].samples = at::zeros({20, 3, 2, 2});
  EXPECT_THROW(fit(clip.snippets), Error);
  EXPECT_THROW(fit({}), Error);
  clip.snippets[1].samples = at::zeros({1, 3, 12, 16}).expand({20, 3, 12, 16});
  EXPECT_THROW(fit(clip.snippets), Error);
}

}  // namespace
}  // namespace rollingdepth
