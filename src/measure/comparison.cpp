#include "measure/comparison.hpp"

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>

#include "base/step_team.hpp"
#include "measure/clip_pairs.hpp"
#include "measure/depth_edges.hpp"
#include "measure/error_sums.hpp"
#include "measure/rank_correlation.hpp"
#include "measure/structural_similarity.hpp"
#include "measure/temporal.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr std::size_t kFramesPerThread = 4;  // Of a batch: ends even out, memory stays small.
constexpr double kSameShape = 0.02;          // Sides are rounded to multiples of 8.
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// One frame on its way: aligned, then measured.
struct FrameWork {
  CountedPair pair;
  BackwardFlow flow;
  DepthAffine affine;
  ErrorSums errors;
  EdgeCounts edges;
  ChangeSums change;
  ChangeSums flow_change;
  double ssim = kNaN;
  double rank_correlation = kNaN;
};

void include(const ValueSummary& frame, ValueSummary& clip) {
  clip.not_finite += frame.not_finite;
  // fmin and fmax pass over NaN.
  clip.min = std::fmin(clip.min, frame.min);
  clip.max = std::fmax(clip.max, frame.max);
}

class ComparisonRun {
 public:
  ComparisonRun(const ComparisonInputs& inputs, const ComparisonOptions& options,
                Progress& progress)
      : inputs_(inputs),
        options_(options),
        progress_(progress),
        pairs_(inputs, options),
        fits_(options.alignment != DepthAlignment::kNone) {}

  ClipComparison run() {
    // The second pass takes nearly all of the time: progress is its.
    progress_.begin("compare", pairs_.frames(), "frames");
    survey();
    measure();
    correlate_ranks();
    progress_.end("");
    add_warnings();
    return std::move(result_);
  }

 private:
  // First pass: ranges, counts, and the fit of the clip.
  void survey() {
    pairs_.rewind();
    result_.reference = result_.candidate = {.min = kNaN, .max = kNaN, .not_finite = 0};
    double nearest = kNaN, farthest = kNaN;
    DepthFit fit(options_.alignment, options_.fit, pairs_.frames());
    const bool fits_clip = fits_ && options_.scope == FitScope::kClip;
    each_frame([&](std::int64_t, CountedPair& pair) {
      include(pair.reference, result_.reference);
      include(pair.candidate, result_.candidate);
      result_.valid_pixels += pair.valid_pixels;
      reference_pixels_ += pair.reference_pixels;
      if (pair.reference_pixels > 0) {
        nearest = std::fmin(nearest, pair.nearest);
        farthest = std::fmax(farthest, pair.farthest);
      }
      if (fits_clip) fit.add(pair.maps);
    });
    require_pixels();
    range_ = farthest - nearest;
    result_.min_depth = options_.min_depth.value_or(nearest);
    result_.max_depth = options_.max_depth.value_or(farthest);
    if (fits_clip) result_.affine = fit.solve();
    const double centre = (nearest + farthest) / 2;
    const bool as_stored = !fits_ && !options_.ground_truth;
    ranks_.emplace(centre,
                   as_stored ? (result_.candidate.min + result_.candidate.max) / 2 : centre);
    add_shape_warning();
  }

  // A picture that is stretched is seldom meant.
  void add_shape_warning() {
    const DepthListing& reference = inputs_.reference.listing();
    const DepthListing& candidate = inputs_.candidate.listing();
    const double shape = static_cast<double>(candidate.width_px * reference.height_px) /
                         static_cast<double>(candidate.height_px * reference.width_px);
    if (std::abs(shape - 1) < kSameShape) return;
    result_.warnings.emplace_back("the candidate has another aspect ratio; --resize stretches it");
  }

  void require_pixels() const {
    if (result_.valid_pixels > 0) return;
    const char* what = options_.ground_truth ? "positive depth" : "finite value";
    if (reference_pixels_ > 0) fail_to_compare(inputs_, "the candidate has no finite value there");
    fail_to_compare(inputs_, std::string("no pixel counts: the reference has no ") + what +
                                 (inputs_.mask != nullptr ? " inside the mask" : ""));
  }

  // Second pass: batches of frames, each on one thread.
  void measure() {
    pairs_.rewind();
    const auto threads = static_cast<std::size_t>(
        std::clamp<std::int64_t>(at::get_num_threads(), 1, pairs_.frames()));
    std::vector<FrameWork> batch;
    std::function<void(std::size_t frame)> work;
    std::atomic<std::size_t> next = 0;
    StepTeam team("compare", threads, [&](std::size_t) {
      for (std::size_t i = next++; i < batch.size(); i = next++) work(i);
    });
    const auto each_of_batch = [&](std::function<void(std::size_t)> step) {
      work = std::move(step);
      next = 0;
      team.run();
    };
    MapPair before;
    for (;;) {
      progress_.check_cancelled();
      batch = read_batch(kFramesPerThread * threads);
      if (batch.empty()) break;
      each_of_batch([&](std::size_t i) { align(batch[i]); });
      each_of_batch([&](std::size_t i) {
        measure_frame(batch[i], i == 0 ? before : batch[i - 1].pair.maps);
      });
      for (const FrameWork& frame : batch) add(frame);
      before = std::move(batch.back().pair.maps);
      progress_.advance(static_cast<std::int64_t>(result_.frames.size()));
    }
    fill_clip();
  }

  std::vector<FrameWork> read_batch(std::size_t size) {
    std::vector<FrameWork> batch;
    while (batch.size() < size) {
      std::optional<CountedPair> pair = pairs_.next();
      if (!pair) break;
      batch.emplace_back().pair = std::move(*pair);
      if (inputs_.flow == nullptr) continue;
      std::optional<BackwardFlow> flow = inputs_.flow->next();
      if (!flow) {
        fail_to_compare(inputs_, "the video ends after " +
                                     std::to_string(result_.frames.size() + batch.size() - 1) +
                                     " frames; the depth has " + std::to_string(pairs_.frames()));
      }
      batch.back().flow = std::move(*flow);
    }
    return batch;
  }

  void align(FrameWork& work) const {
    MapPair& maps = work.pair.maps;
    if (fits_) {
      if (options_.scope == FitScope::kFrame) {
        DepthFit fit(options_.alignment, options_.fit, 1);
        fit.add(maps);
        work.affine = fit.solve();
      } else {
        work.affine = *result_.affine;
      }
    }
    maps.candidate = aligned(maps.candidate, work.affine);
  }

  at::Tensor aligned(const at::Tensor& candidate, DepthAffine affine) const {
    if (!options_.ground_truth) return aligned_candidate(candidate, options_.alignment, affine);
    return aligned_candidate(candidate, options_.alignment, affine,
                             {result_.min_depth, result_.max_depth});
  }

  void measure_frame(FrameWork& work, const MapPair& before) const {
    const MapPair& maps = work.pair.maps;
    work.errors = error_sums(maps, options_.ground_truth);
    work.edges = edge_counts(maps, options_.edge_threshold * range_);
    work.ssim = structural_similarity(maps, range_);
    work.rank_correlation = spearman(maps);
    if (!before.valid.defined()) return;
    work.change = change_between(before, maps);
    if (work.flow.offset.defined()) work.flow_change = change_along_flow(before, maps, work.flow);
  }

  void add(const FrameWork& work) {
    FrameComparison& frame = result_.frames.emplace_back();
    frame.valid_pixels = work.pair.valid_pixels;
    if (fits_ && options_.scope == FitScope::kFrame) frame.affine = work.affine;
    fill(work, frame.valid_pixels, work.pair.reference_pixels, frame.metrics);

    total_.errors.add(work.errors);
    total_.change.add(work.change);
    total_.flow_change.add(work.flow_change);
    total_.edges.add(work.edges);
    if (!std::isnan(work.ssim)) {
      ssim_sum_ += work.ssim;
      ++ssim_frames_;
    }
    ranks_->count(work.pair.maps);
  }

  void fill(const FrameWork& work, std::int64_t valid, std::int64_t counted,
            MetricValues& values) const {
    fill_error_metrics(work.errors, range_, options_.ground_truth, values);
    values[Metric::kSpearman] = work.rank_correlation;
    values[Metric::kSsim] = work.ssim;
    values[Metric::kEdgeF1] = work.edges.f1();
    fill_temporal_metrics(work.change, values);
    if (inputs_.flow != nullptr) fill_flow_metrics(work.flow_change, values);
    if (counted > 0) {
      values[Metric::kCoverage] = static_cast<double>(valid) / static_cast<double>(counted);
    }
  }

  void fill_clip() {
    total_.ssim = ssim_frames_ > 0 ? ssim_sum_ / static_cast<double>(ssim_frames_) : kNaN;
    fill(total_, result_.valid_pixels, reference_pixels_, result_.metrics);
  }

  // Third pass: over the whole clip, ranks are known only once every value was counted.
  void correlate_ranks() {
    pairs_.rewind();
    each_frame([&](std::int64_t index, CountedPair& pair) {
      const auto frame = static_cast<std::size_t>(index);
      pair.maps.candidate =
          aligned(pair.maps.candidate,
                  result_.affine.value_or(result_.frames[frame].affine.value_or(DepthAffine{})));
      ranks_->correlate(pair.maps);
    });
    result_.metrics[Metric::kSpearman] = ranks_->value();
  }

  template <class Work>
  void each_frame(Work&& work) {
    for (std::int64_t frame = 0; std::optional<CountedPair> pair = pairs_.next(); ++frame) {
      progress_.check_cancelled();
      work(frame, *pair);
    }
  }

  void add_warnings() {
    auto& warnings = result_.warnings;
    const auto not_finite = [&](const DepthReader& clip, std::int64_t count) {
      if (count == 0) return;
      warnings.push_back(std::to_string(count) + " values of " + clip.listing().name +
                         " are not finite; they do not count");
    };
    not_finite(inputs_.reference, result_.reference.not_finite);
    not_finite(inputs_.candidate, result_.candidate.not_finite);
    const auto empty =
        std::count_if(result_.frames.begin(), result_.frames.end(),
                      [](const FrameComparison& frame) { return frame.valid_pixels == 0; });
    if (empty > 0) {
      warnings.push_back(std::to_string(empty) + " of " + std::to_string(result_.frames.size()) +
                         " frames have no pixel that counts");
    }
    const auto runs_against = [](const std::optional<DepthAffine>& affine) {
      return affine && affine->scale < 0;
    };
    const auto against =
        std::count_if(result_.frames.begin(), result_.frames.end(),
                      [&](const FrameComparison& frame) { return runs_against(frame.affine); });
    if (runs_against(result_.affine) || against > 0) {
      warnings.push_back("the candidate falls where the reference rises" +
                         (against > 0 ? " in " + std::to_string(against) + " frames" : "") +
                         ": is one of them depth, the other inverse depth?");
    }
  }

  const ComparisonInputs& inputs_;
  const ComparisonOptions& options_;
  Progress& progress_;
  ClipPairs pairs_;
  bool fits_;
  double range_ = 0;
  std::int64_t reference_pixels_ = 0;
  FrameWork total_;
  double ssim_sum_ = 0;
  std::int64_t ssim_frames_ = 0;
  std::optional<PooledRanks> ranks_;
  ClipComparison result_;
};

void require_positive(const char* option, std::optional<double> value) {
  if (!value || (*value > 0 && std::isfinite(*value))) return;
  throw Error(ErrorKind::kUsage, std::string(option) + ": must be greater than 0");
}

}  // namespace

void ComparisonOptions::validate() const {
  require_positive("--min-depth", min_depth);
  require_positive("--max-depth", max_depth);
  require_positive("--edge-threshold", edge_threshold);
  if (min_depth && max_depth && *min_depth >= *max_depth) {
    throw Error(ErrorKind::kUsage, "--min-depth: must be below --max-depth");
  }
  if ((min_depth || max_depth) && !ground_truth) {
    throw Error(ErrorKind::kUsage, "--min-depth and --max-depth: need --ground-truth");
  }
  if (alignment == DepthAlignment::kAffineInverse && !ground_truth) {
    throw Error(ErrorKind::kUsage,
                "--align affine-inverse: needs --ground-truth, a reference that is depth");
  }
}

ClipComparison compare_clips(const ComparisonInputs& inputs, const ComparisonOptions& options,
                             Progress& progress) {
  options.validate();
  return ComparisonRun(inputs, options, progress).run();
}

}  // namespace rollingdepth
