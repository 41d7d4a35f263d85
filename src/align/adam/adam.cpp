#include <ATen/core/Tensor.h>
#include <ATen/ops/ones.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <string>

#include "align/adam/objective.hpp"
#include "align/co_align.hpp"
#include "align/frame_residuals.hpp"
#include "base/formatted.hpp"
#include "base/trace.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr double kFirstBeta = 0.5;
constexpr double kSecondBeta = 0.9;
constexpr double kEpsilon = 1e-8;
constexpr int kStepsPerReport = 20;
constexpr int kStepsPerDetail = 100;

/// Adam's running averages for one group of parameters, in float32 like the original's.
class AdamMoments {
 public:
  explicit AdamMoments(std::size_t size) : mean_(size, 0.0f), square_(size, 0.0f) {}

  /// @param step counts from 1.
  void update(std::vector<float>& values, const std::vector<float>& gradient, double learning_rate,
              int step) {
    const auto rate =
        static_cast<float>(learning_rate / (1 - std::pow(kFirstBeta, static_cast<double>(step))));
    const auto correction =
        static_cast<float>(std::sqrt(1 - std::pow(kSecondBeta, static_cast<double>(step))));
    const auto keep_mean = static_cast<float>(kFirstBeta);
    const auto keep_square = static_cast<float>(kSecondBeta);
    const auto add_square = static_cast<float>(1 - kSecondBeta);
    const auto epsilon = static_cast<float>(kEpsilon);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const float g = gradient[i];
      mean_[i] = g - (g - mean_[i]) * keep_mean;
      // Fused like the original's kernel: one rounding decides which way L1 gradients tip later.
      square_[i] = std::fma(add_square * g, g, square_[i] * keep_square);
      values[i] -= rate * mean_[i] / (std::sqrt(square_[i]) / correction + epsilon);
    }
  }

 private:
  std::vector<float> mean_;
  std::vector<float> square_;
};

/// Tells when the loss has stood still for long enough.
class EarlyStopping {
 public:
  explicit EarlyStopping(const CoAlignOptions& options) : options_(options) {}

  /// Called after update `i`, from 0, with the loss before it.
  bool should_stop(int i, double loss) {
    if (options_.patience == 0 || i <= options_.min_steps) return false;
    // The first comparison is with infinity, as in the original.
    const bool still = std::abs(loss - previous_loss_) < options_.threshold;
    previous_loss_ = loss;
    still_steps_ = still ? still_steps_ + 1 : 0;
    return still_steps_ >= options_.patience;
  }

 private:
  const CoAlignOptions& options_;
  double previous_loss_ = std::numeric_limits<double>::infinity();
  int still_steps_ = 0;
};

void check_loss(double loss, int step) {
  if (std::isfinite(loss)) return;
  throw Error(ErrorKind::kFailed,
              "alignment failed: the loss is not finite at step " + std::to_string(step) +
                  " (depth values too large?)",
              Retry::kNever);
}

void summarize(const AffineParameters& parameters, CoAlignSummary& summary) {
  const auto [min, max] = std::minmax_element(parameters.scales.begin(), parameters.scales.end());
  summary.min_scale = *min;
  summary.max_scale = *max;
  summary.steps = static_cast<int>(summary.history.size());
  summary.first_objective = summary.history.front();
  summary.last_objective = summary.history.back();
}

// The original trusts every map alike.
void trust_all(const std::vector<SnippetSamples>& snippets, const AffineParameters& parameters,
               CoAlignResult& result) {
  for (std::size_t i = 0; i < snippets.size(); ++i) {
    const SnippetPlan& plan = snippets[i].plan;
    result.affines[i].weight = at::ones({plan.size(), plan.length}, at::kFloat);
  }
  std::vector<Affine> affines;
  for (std::size_t j = 0; j < parameters.scales.size(); ++j) {
    affines.push_back({parameters.scales[j], parameters.shifts[j]});
  }
  result.summary.noise = residuals_of(CoveredFrames(snippets), affines).noise;
}

}  // namespace

CoAlignResult co_align_adam(const std::vector<SnippetSamples>& snippets,
                            const CoAlignOptions& options, Progress& progress) {
  options.validate();
  const auto begin = std::chrono::steady_clock::now();
  CoAlignObjective objective(snippets);
  AffineParameters parameters = objective.identity();
  AffineParameters gradient;
  AdamMoments scale_moments(parameters.scales.size());
  AdamMoments shift_moments(parameters.shifts.size());
  EarlyStopping stopping(options);

  CoAlignResult result;
  CoAlignSummary& summary = result.summary;
  summary.history.reserve(static_cast<std::size_t>(options.max_steps));
  bool stopped = false;
  for (int i = 0; i < options.max_steps && !stopped; ++i) {
    progress.check_cancelled();
    const TraceSpan span("batch", "align step");
    const double loss = objective.evaluate(parameters, gradient);
    check_loss(loss, i);
    summary.history.push_back(loss);
    scale_moments.update(parameters.scales, gradient.scales, options.learning_rate, i + 1);
    shift_moments.update(parameters.shifts, gradient.shifts, options.learning_rate, i + 1);
    stopped = stopping.should_stop(i, loss);
    if ((i + 1) % kStepsPerReport == 0) progress.advance(i + 1);
    if ((i + 1) % kStepsPerDetail == 0) {
      progress.detail(formatted("align: step %d, loss %.6g", i + 1, loss));
    }
  }
  summary.aligner = Aligner::kAdam;
  summary.stop = stopped ? CoAlignStop::kConverged : CoAlignStop::kLimit;
  summarize(parameters, summary);
  progress.advance(summary.steps);
  progress.detail(end_line(summary));
  result.affines = objective.split(parameters);
  trust_all(snippets, parameters, result);
  summary.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

}  // namespace rollingdepth
