#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "align/co_align.hpp"
#include "align/recorded.hpp"
#include "base/formatted.hpp"
#include "detail_progress.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using testing::all_scales;
using testing::all_shifts;
using testing::difference;
using ::testing::HasSubstr;
using testing::plan_of;

/// Positive depth of no structure, for `frames` frames; the same for the same seed.
std::vector<SnippetSamples> random_snippets(std::int64_t frames, std::int64_t length,
                                            const std::vector<std::int64_t>& dilations,
                                            std::int64_t side, std::uint64_t seed) {
  const at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  std::vector<SnippetSamples> snippets;
  for (const std::int64_t dilation : dilations) {
    const SnippetPlan plan = plan_of(frames, length, dilation);
    snippets.push_back({plan, at::rand({plan.size(), length, side, side}, generator) + 0.1});
  }
  return snippets;
}

CoAlignOptions steps(int count) {
  CoAlignOptions options = co_align_options("balanced", Aligner::kAdam);
  options.max_steps = count;
  options.patience = 0;
  return options;
}

/// The objective as algorithm text: one dense array of zeros, filled map by map, and autograd.
class DenseObjective {
 public:
  explicit DenseObjective(const std::vector<SnippetSamples>& snippets) : snippets_(snippets) {
    for (const SnippetSamples& entry : snippets) {
      scales.push_back(at::ones({entry.plan.size()}, at::kDouble).requires_grad_());
      shifts.push_back(at::zeros({entry.plan.size()}, at::kDouble).requires_grad_());
    }
  }

  at::Tensor loss() const {
    std::vector<at::Tensor> rows, inverse_rows, masks;
    at::Tensor penalty = at::zeros({}, at::kDouble);
    for (std::size_t i = 0; i < snippets_.size(); ++i) {
      add_rows(i, rows, inverse_rows, masks);
      penalty =
          penalty + 0.1 * at::relu(1 - scales[i]).square().mean() + 10 * shifts[i].square().mean();
    }
    const at::Tensor mask = at::stack(masks);
    return term(at::stack(rows), mask) + term(at::stack(inverse_rows), mask) + penalty;
  }

  std::vector<at::Tensor> scales, shifts;

 private:
  // Row `position` of entry i: its maps at the frames they show, [N, P], zeros elsewhere.
  void add_rows(std::size_t i, std::vector<at::Tensor>& rows, std::vector<at::Tensor>& inverse_rows,
                std::vector<at::Tensor>& masks) const {
    const SnippetPlan& plan = snippets_[i].plan;
    const at::Tensor x = snippets_[i].samples.to(at::kDouble).flatten(2);
    const at::Tensor aligned = x * scales[i].view({-1, 1, 1}) + shifts[i].view({-1, 1, 1});
    for (std::int64_t position = 0; position < plan.length; ++position) {
      const at::Tensor frames = at::arange(plan.size(), at::kLong) + position * plan.dilation;
      const at::Tensor maps = aligned.select(1, position);
      const at::Tensor zeros = at::zeros({plan.frames, x.size(2)}, at::kDouble);
      rows.push_back(zeros.index_copy(0, frames, maps));
      inverse_rows.push_back(zeros.index_copy(0, frames, maps.clamp_min(1e-3).reciprocal()));
      masks.push_back(zeros.index_fill(0, frames, 1));
    }
  }

  static at::Tensor term(const at::Tensor& rows, const at::Tensor& mask) {
    const at::Tensor mean = (rows.sum(0) / mask.sum(0)).detach();
    return (((rows - mean) * mask).abs() / mean.abs().mean(1, true)).mean();
  }

  std::vector<SnippetSamples> snippets_;
};

/// Adam as its paper writes it, in float64.
void adam_step(at::Tensor& value, at::Tensor& mean, at::Tensor& square, int step) {
  const at::Tensor gradient = value.grad();
  mean = 0.5 * mean + 0.5 * gradient;
  square = 0.9 * square + 0.1 * gradient * gradient;
  const at::Tensor update =
      mean / (1 - std::pow(0.5, step)) / ((square / (1 - std::pow(0.9, step))).sqrt() + 1e-8);
  value = (value.detach() - 1e-3 * update).requires_grad_();
}

// Some samples start below the clamp of the inverse, where no gradient may flow.
TEST(CoAlignAdam, TakesTheStepsOfAutogradOnTheDenseObjective) {
  std::vector<SnippetSamples> snippets = random_snippets(9, 3, {1, 2, 3}, 4, 5);
  snippets[1].samples.slice(3, 0, 1).fill_(0);
  DenseObjective dense(snippets);
  std::vector<at::Tensor*> values;
  for (auto& scale : dense.scales) values.push_back(&scale);
  for (auto& shift : dense.shifts) values.push_back(&shift);
  std::vector<at::Tensor> means(values.size(), at::zeros({}, at::kDouble)), squares = means;
  std::vector<double> losses;
  for (int step = 1; step <= 5; ++step) {
    const at::Tensor loss = dense.loss();
    loss.backward();
    losses.push_back(loss.item<double>());
    for (std::size_t i = 0; i < values.size(); ++i) {
      adam_step(*values[i], means[i], squares[i], step);
    }
  }
  SilentProgress progress;
  const CoAlignResult result = co_align_adam(snippets, steps(5), progress);
  EXPECT_THAT(result.summary.history, ::testing::Pointwise(::testing::DoubleNear(1e-6), losses));
  EXPECT_LT(difference(all_scales(result.affines), at::cat(dense.scales)).largest, 1e-6);
  EXPECT_LT(difference(all_shifts(result.affines), at::cat(dense.shifts)).largest, 1e-6);
}

// 1001 frames of 3 maps with 36 samples are enough work for two threads and more.
TEST(CoAlignAdam, GivesTheSameBitsForAnyNumberOfThreads) {
  const auto snippets = random_snippets(1001, 3, {1}, 6, 1);
  SilentProgress progress;
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const CoAlignResult one = co_align_adam(snippets, steps(30), progress);
  at::set_num_threads(3);
  const CoAlignResult three = co_align_adam(snippets, steps(30), progress);
  at::set_num_threads(threads);
  EXPECT_EQ(one.summary.history, three.summary.history);
  EXPECT_TRUE(at::equal(all_scales(one.affines), all_scales(three.affines)));
  EXPECT_TRUE(at::equal(all_shifts(one.affines), all_shifts(three.affines)));
}

// The loss of a single snippet is 0 throughout, so every checked step but the first counts.
TEST(CoAlignAdam, StopsOncePatienceIsReachedAfterTheFirstCheckedStep) {
  CoAlignOptions options = steps(100);
  options.min_steps = 10;
  options.patience = 5;
  SilentProgress progress;
  const CoAlignResult result = co_align_adam(random_snippets(3, 3, {1}, 2, 3), options, progress);
  // Steps 11 (against infinity), then 12 to 16: the stop is at i = 16.
  EXPECT_EQ(result.summary.steps, 17);
  EXPECT_EQ(result.summary.stop, CoAlignStop::kConverged);
  EXPECT_EQ(result.summary.history.size(), 17u);
}

TEST(CoAlignAdam, LeavesASingleSnippetAsItIs) {
  SilentProgress progress;
  const CoAlignResult result = co_align_adam(random_snippets(1, 1, {1}, 2, 3), steps(50), progress);
  EXPECT_EQ(all_scales(result.affines).item<float>(), 1.0f);
  EXPECT_EQ(all_shifts(result.affines).item<float>(), 0.0f);
  EXPECT_EQ(result.summary.last_objective, 0);
  EXPECT_EQ(result.summary.stop, CoAlignStop::kLimit);
}

TEST(CoAlignAdam, SurvivesAFlatClip) {
  std::vector<SnippetSamples> snippets = random_snippets(6, 3, {1}, 3, 3);
  snippets[0].samples.zero_();
  SilentProgress progress;
  const CoAlignResult result = co_align_adam(snippets, steps(50), progress);
  EXPECT_TRUE(at::equal(all_scales(result.affines), at::ones({4})));
  EXPECT_EQ(result.summary.last_objective, 0);
}

// A clip that is one map throughout, seen by snippets of different scale: agreement lowers the
// loss.
TEST(CoAlignAdam, BringsSnippetsOfDifferentScaleTogether) {
  const SnippetPlan plan = plan_of(4, 2, 1);
  const at::Tensor map = at::rand({5, 5}, at::make_generator<at::CPUGeneratorImpl>(2)) + 1;
  const at::Tensor factors = at::tensor({1.0f, 1.1f, 1.2f}).view({3, 1, 1, 1});
  SilentProgress progress;
  const CoAlignResult result =
      co_align_adam({{plan, (factors * map).expand({3, 2, 5, 5}).clone()}}, steps(1000), progress);
  EXPECT_LT(result.summary.last_objective, 0.1 * result.summary.first_objective);
  EXPECT_GT(result.summary.max_scale, result.summary.min_scale);
  const at::Tensor scales = all_scales(result.affines);
  EXPECT_EQ(result.summary.min_scale, scales.min().item<float>());
  EXPECT_EQ(result.summary.max_scale, scales.max().item<float>());
}

TEST(CoAlignAdam, SkipsADilationWithoutSnippets) {
  auto snippets = random_snippets(5, 3, {1}, 2, 8);
  SilentProgress progress;
  const CoAlignResult alone = co_align_adam(snippets, steps(10), progress);
  snippets.push_back({plan_of(5, 3, 9), at::zeros({0, 3, 2, 2})});
  const CoAlignResult both = co_align_adam(snippets, steps(10), progress);
  ASSERT_EQ(both.affines.size(), 2u);
  EXPECT_EQ(both.affines[1].scale.numel(), 0);
  EXPECT_EQ(both.summary.history, alone.summary.history);
}

class CoAlignInput : public ::testing::Test {
 protected:
  std::string failure() {
    SilentProgress progress;
    try {
      co_align_adam(snippets_, steps(2), progress);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kFailed);
      return error.what();
    }
    return "no error";
  }
  std::vector<SnippetSamples> snippets_ = random_snippets(8, 3, {1, 2}, 2, 4);
};

TEST_F(CoAlignInput, ThatIsNotFiniteIsRefusedInWords) {
  for (const float value :
       {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    snippets_[1].samples[0][1][0][1] = value;
    EXPECT_THAT(failure(), HasSubstr("dilation 2: the predicted depth holds values that are not"));
  }
}

TEST_F(CoAlignInput, ThatOverflowsDuringTheFitIsRefusedInWords) {
  snippets_[0].samples.fill_(std::numeric_limits<float>::max());
  EXPECT_THAT(failure(), HasSubstr("the loss is not finite at step 0"));
}

TEST_F(CoAlignInput, OfDifferentSizesIsRefused) {
  snippets_[1].samples = at::ones({4, 3, 2, 3});
  EXPECT_THAT(failure(), HasSubstr("differs from dilation 1"));
}

TEST_F(CoAlignInput, ThatDoesNotFitItsPlanIsRefused) {
  snippets_[1].samples = at::ones({3, 3, 2, 2});
  EXPECT_THAT(failure(), HasSubstr("differs from the plan's"));
}

TEST_F(CoAlignInput, WithoutSnippetsIsRefused) {
  snippets_.clear();
  EXPECT_THAT(failure(), HasSubstr("no snippets"));
}

/// Records the calls; cancels at the `cancel_at`-th check.
class RecordingProgress final : public Progress {
 public:
  void begin(std::string_view, std::int64_t, std::string_view) override { ++stages_; }
  void advance(std::int64_t done) override { advances_.push_back(done); }
  void end(std::string_view) override { ++stages_; }
  void warn(const std::string&) override {}
  void check_cancelled() override {
    if (++checks_ == cancel_at_) throw Cancelled();
  }

  int stages_ = 0;
  int checks_ = 0;
  int cancel_at_ = -1;
  std::vector<std::int64_t> advances_;
};

TEST(CoAlignProgress, AdvancesEveryTwentyStepsAndAtTheEnd) {
  RecordingProgress progress;
  co_align_adam(random_snippets(5, 3, {1}, 2, 1), steps(45), progress);
  EXPECT_THAT(progress.advances_, ::testing::ElementsAre(20, 40, 45));
  EXPECT_EQ(progress.stages_, 0);
}

TEST(CoAlignProgress, TellsStepAndLossEveryHundredStepsAndWhereItConverged) {
  CoAlignOptions options = steps(300);
  options.min_steps = 200;
  options.patience = 5;
  options.threshold = 10;  // Any loss stands still, so that the stop is at 201 + 5.
  testing::DetailProgress progress;
  const CoAlignSummary summary =
      co_align_adam(random_snippets(5, 3, {1}, 2, 1), options, progress).summary;
  EXPECT_THAT(progress.details,
              ::testing::ElementsAre(
                  formatted("align: step 100, loss %.6g", summary.history[99]),
                  formatted("align: step 200, loss %.6g", summary.history[199]),
                  formatted("align: converged at step 207, loss %.6g", summary.history[206])));
}

TEST(CoAlignProgress, TellsThatTheLastStepCameWithoutConvergence) {
  testing::DetailProgress progress;
  co_align_adam(random_snippets(1, 1, {1}, 2, 3), steps(50), progress);
  EXPECT_THAT(progress.details,
              ::testing::ElementsAre("align: ended at step 50 without converging, loss 0"));
}

TEST(CoAlignProgress, StopsWhenTheUserAsksTo) {
  RecordingProgress progress;
  progress.cancel_at_ = 7;
  EXPECT_THROW(co_align_adam(random_snippets(5, 3, {1}, 2, 1), steps(45), progress), Cancelled);
  EXPECT_EQ(progress.checks_, 7);
}

}  // namespace
}  // namespace rollingdepth
