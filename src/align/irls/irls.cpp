#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "align/co_align.hpp"
#include "align/frame_residuals.hpp"
#include "align/irls/agreement.hpp"
#include "align/irls/products.hpp"
#include "align/irls/start.hpp"
#include "align/irls/system.hpp"
#include "base/formatted.hpp"
#include "base/median.hpp"
#include "base/shared_work.hpp"
#include "base/trace.hpp"

// The irls fit, round by round; docs/alignment.md tells why it is as it is. Its five steps, and
// where each of them is:
//
//   1. agreement.cpp  Leave out what contradicts: the correlations of the maps of a frame need no
//                     alignment (map_agreement, leave_out_what_contradicts).
//   2. start.cpp      First scales and shifts, from the medians and spreads of the maps alone
//                     (robust_start). Only from here on residuals mean something.
//   3. products.cpp   A round begins. How far samples lie from the median of their frame is the
//                     noise (residuals_of, ../frame_residuals.cpp); with it every sample gets a
//                     weight, and every frame its share of the normal equations (frame_products).
//   4. system.cpp     Solve the equations of all frames for all scales and shifts (solve_affines).
//   5. run_rounds     Judge the round: a snippet whose scale has left its start for good is left
//      (here)         out, and the fit begins anew at step 2's result; otherwise back to step 3,
//                     until no map moves any more or the rounds are used up.
//
// What remains is for the merge: how much every map counts (count_frames), and a guess for frames
// that only left-out snippets show (place_loose_snippets).
//
// Throughout, the samples are seen frame by frame through CoveredFrames (../frame_residuals.hpp),
// in which maps are dropped but never moved. Snippets that share no frame with the others are a
// part of their own, with mean scale 1 and mean shift 0 (SnippetParts, system.hpp).

namespace rollingdepth {
namespace {

constexpr double kWidth = 2.5;           // Weights fall to 1/4 at so many times the noise.
constexpr double kSmallestNoise = 1e-6;  // Of the clip's spread: without noise, weights still are.
constexpr double kSmallestMovement = 1e-4;  // Of the clip's spread: below it, nobody sees a change.
constexpr double kFarthest = 5;             // From the start's scale: what leaves this is no fit.
constexpr int kRestarts = 5;                // After strays were found.

/// One fit: the state that its rounds change.
class IrlsFit {
 public:
  IrlsFit(const std::vector<SnippetSamples>& snippets, const CoAlignOptions& options,
          Progress& progress)
      : snippets_(snippets), options_(options), progress_(progress), frames_(snippets) {}

  CoAlignResult run();

 private:
  void leave_out_what_contradicts();
  void run_rounds();
  void collect_products(double width);
  [[nodiscard]] std::vector<double> relative_movements() const;
  std::int64_t leave_out_what_strays();
  [[nodiscard]] double movement(const std::vector<Affine>& before) const;
  void place_loose_snippets();
  void count_frames();
  [[nodiscard]] CoAlignResult result();

  const std::vector<SnippetSamples>& snippets_;
  const CoAlignOptions& options_;
  Progress& progress_;
  CoveredFrames frames_;
  CoAlignSummary summary_;
  std::vector<MapShape> shapes_;
  SnippetParts parts_;
  std::vector<Affine> start_, affines_;
  double spread_ = 0;  // Of a typical aligned map.
  std::optional<SnippetSystem> system_;
  std::vector<FrameProducts> products_;
  std::vector<float> weights_;  // Of every map: 0 where it is left out.
};

void IrlsFit::leave_out_what_contradicts() {
  MapAgreement agreement = map_agreement(frames_);
  shapes_ = std::move(agreement.shapes);
  const auto constant = [&](const CoveredMap& map) { return shapes_[map.map].spread == 0; };
  std::vector<std::int64_t> sound(frames_.snippets()), varied(frames_.snippets());
  for (std::size_t frame = 0; frame < frames_.size(); ++frame) {
    for (const CoveredMap& map : frames_.maps(frame)) {
      varied[map.snippet] += constant(map) ? 0 : 1;
      sound[map.snippet] += agreement.contradicts[map.map] ? 0 : 1;
    }
  }
  std::vector<bool> out = std::move(agreement.contradicts);
  for (std::size_t frame = 0; frame < frames_.size(); ++frame) {
    const auto maps = frames_.maps(frame);
    const bool varies = !std::all_of(maps.begin(), maps.end(), constant);
    for (const CoveredMap& map : maps) {
      // One constant map among others contradicts them; a frame may be flat as a whole.
      if (constant(map) && varies) out[map.map] = true;
      if (varied[map.snippet] == 0) {
        out[map.map] = true;
      } else if (out[map.map] && sound[map.snippet] > 0) {
        ++summary_.contradicting_maps;
      }
    }
  }
  for (std::size_t j = 0; j < frames_.snippets(); ++j) {
    if (varied[j] == 0) {
      ++summary_.degenerate_snippets;
    } else if (sound[j] == 0) {
      ++summary_.contradicting_snippets;
    }
  }
  frames_.drop(out);
}

void IrlsFit::collect_products(double width) {
  products_.resize(frames_.size());
  share_work(frames_.size(), frames_.samples(), [&](std::size_t begin, std::size_t end) {
    ProductsScratch scratch;
    std::vector<Affine> affines;
    for (std::size_t i = begin; i < end; ++i) {
      const auto maps = frames_.maps(i);
      if (maps.size() < 2) continue;
      affines.clear();
      for (const CoveredMap& map : maps) affines.push_back(affines_[map.snippet]);
      frame_products(maps, frames_.pixels(i), affines, width, scratch, products_[i]);
    }
  });
}

// How far every scale moved from its start, in relation to the snippets that share frames with it.
std::vector<double> IrlsFit::relative_movements() const {
  std::vector<std::vector<std::size_t>> around(frames_.snippets());
  for (std::size_t frame = 0; frame < frames_.size(); ++frame) {
    const auto maps = frames_.maps(frame);
    for (const CoveredMap& map : maps) {
      for (const CoveredMap& other : maps) around[map.snippet].push_back(other.snippet);
    }
  }
  const auto ratio = [&](std::size_t j) { return affines_[j].scale / start_[j].scale; };
  std::vector<double> movements(frames_.snippets(), 1), ratios;
  for (std::size_t j = 0; j < movements.size(); ++j) {
    if (!parts_.used(j)) continue;
    std::sort(around[j].begin(), around[j].end());
    around[j].erase(std::unique(around[j].begin(), around[j].end()), around[j].end());
    ratios.clear();
    for (const std::size_t other : around[j]) ratios.push_back(ratio(other));
    movements[j] = ratio(j) / median_of(ratios);
  }
  return movements;
}

// A snippet that agrees with nothing is cheapest flat or upside down: its scale leaves the start's.
// @return how many snippets that were.
std::int64_t IrlsFit::leave_out_what_strays() {
  const std::vector<double> movements = relative_movements();
  std::vector<bool> stray(frames_.snippets());
  std::int64_t count = 0;
  for (std::size_t j = 0; j < stray.size(); ++j) {
    if (!parts_.used(j)) continue;
    stray[j] = !(affines_[j].scale > 0 && movements[j] > 1 / kFarthest && movements[j] < kFarthest);
    if (stray[j]) ++count;
  }
  if (count == 0) return 0;
  summary_.contradicting_snippets += count;
  std::vector<bool> out(frames_.maps());
  for (std::size_t frame = 0; frame < frames_.size(); ++frame) {
    for (const CoveredMap& map : frames_.maps(frame)) out[map.map] = stray[map.snippet];
  }
  frames_.drop(out);
  parts_ = find_parts(frames_);
  return count;
}

double IrlsFit::movement(const std::vector<Affine>& before) const {
  double largest = 0;
  for (std::size_t frame = 0; frame < frames_.size(); ++frame) {
    for (const CoveredMap& map : frames_.maps(frame)) {
      const double scale = affines_[map.snippet].scale - before[map.snippet].scale;
      const double shift = affines_[map.snippet].shift - before[map.snippet].shift;
      const MapShape& shape = shapes_[map.map];
      largest = std::max(largest,
                         std::abs(scale) * shape.spread + std::abs(scale * shape.median + shift));
    }
  }
  return largest;
}

void IrlsFit::run_rounds() {
  int restarts = 0, rounds = 0;  // Rounds since the fit began anew.
  while (true) {
    progress_.check_cancelled();
    const TraceSpan span("batch", "align round");
    const Residuals residuals = residuals_of(frames_, affines_);
    summary_.history.push_back(residuals.mean);
    const double noise = std::max(residuals.noise, kSmallestNoise * spread_);
    collect_products(kWidth * noise);
    const std::vector<Affine> before = affines_;
    affines_ = solve_affines(frames_, products_, parts_, before, *system_);
    ++rounds;
    progress_.advance(std::min(++summary_.steps, options_.max_rounds));
    const std::string round = formatted("align: round %d, residual %.4g, noise %.4g, ",
                                        summary_.steps, residuals.mean, noise);
    if (const std::int64_t strays = leave_out_what_strays(); strays > 0) {
      progress_.detail(round + formatted("strays left out: %lld", static_cast<long long>(strays)));
      normalize(parts_, affines_);
      if (++restarts > kRestarts || parts_.count == 0) {
        collect_products(kWidth * noise);  // Of the maps that are left, for their weights.
        break;
      }
      // With what is left, from the start again: the strays have pulled at the others.
      affines_ = start_;
      normalize(parts_, affines_);
      rounds = 0;
      continue;
    }
    const double allowed = options_.tolerance * std::max(noise, kSmallestMovement * spread_);
    const double moved = movement(before);
    progress_.detail(round + formatted("largest move %.3g, ends below %.3g", moved, allowed));
    if (moved <= allowed) summary_.stop = CoAlignStop::kConverged;
    if (summary_.stop == CoAlignStop::kConverged || rounds >= options_.max_rounds) break;
  }
  const Residuals residuals = residuals_of(frames_, affines_);
  summary_.last_objective = residuals.mean;
  summary_.noise = residuals.noise;
  progress_.detail(end_line(summary_));
}

// A frame that only left-out snippets show takes those: of the clip's typical spread and median.
void IrlsFit::place_loose_snippets() {
  std::vector<double> spreads, medians;
  for (std::size_t frame = 0; frame < frames_.size(); ++frame) {
    for (const CoveredMap& map : frames_.maps(frame)) {
      const Affine& affine = affines_[map.snippet];
      spreads.push_back(affine.scale * shapes_[map.map].spread);
      medians.push_back(affine.scale * shapes_[map.map].median + affine.shift);
    }
  }
  const double spread = median_of(spreads), median = median_of(medians);
  std::vector<MapShape> loose(frames_.snippets());
  std::vector<double> counts(frames_.snippets(), 0);
  for (std::size_t frame = 0; frame < frames_.size(); ++frame) {
    if (!frames_.maps(frame).empty()) continue;
    ++summary_.loose_frames;
    for (const CoveredMap& map : frames_.dropped(frame)) {
      weights_[map.map] = 1;
      loose[map.snippet].spread += shapes_[map.map].spread;
      loose[map.snippet].median += shapes_[map.map].median;
      counts[map.snippet] += 1;
    }
  }
  for (std::size_t j = 0; j < affines_.size(); ++j) {
    if (parts_.used(j)) continue;
    affines_[j] = {};
    if (counts[j] == 0 || spreads.empty()) continue;
    if (loose[j].spread > 0 && spread > 0) affines_[j].scale = spread * counts[j] / loose[j].spread;
    affines_[j].shift = median - affines_[j].scale * loose[j].median / counts[j];
  }
}

void IrlsFit::count_frames() {
  std::vector<double> sums(frames_.snippets(), 0), counts(frames_.snippets(), 0);
  for (std::size_t frame = 0; frame < frames_.size(); ++frame) {
    const auto maps = frames_.maps(frame);
    if (maps.size() == 1) {
      ++summary_.single_frames;
      weights_[maps.front().map] = 1;
    }
    if (maps.size() < 2) continue;
    double mean = 0;
    for (std::size_t k = 0; k < maps.size(); ++k) {
      const double weight = products_[frame].weight[k];
      weights_[maps[k].map] = static_cast<float>(weight);
      sums[maps[k].snippet] += weight;
      counts[maps[k].snippet] += 1;
      mean += weight / static_cast<double>(maps.size());
    }
    if (mean < 0.5) ++summary_.down_weighted_frames;
  }
  for (std::size_t j = 0; j < sums.size(); ++j) {
    if (counts[j] > 0 && sums[j] < 0.5 * counts[j]) ++summary_.down_weighted_snippets;
  }
}

CoAlignResult IrlsFit::run() {
  leave_out_what_contradicts();
  parts_ = find_parts(frames_);
  weights_.assign(frames_.maps(), 0.0f);
  affines_.assign(frames_.snippets(), {});
  if (parts_.count > 0) {
    affines_ = robust_start(frames_, shapes_);
    normalize(parts_, affines_);
    start_ = affines_;
    spread_ = typical_spread(frames_, affines_, shapes_);
    system_.emplace(frames_, 2);
    run_rounds();
    count_frames();
  }
  place_loose_snippets();
  return result();
}

CoAlignResult IrlsFit::result() {
  CoAlignResult result;
  std::size_t snippet = 0, map = 0;
  for (const SnippetSamples& entry : snippets_) {
    const std::int64_t size = entry.plan.size(), length = entry.plan.length;
    SnippetAffine affine = {at::empty({size}, at::kFloat), at::empty({size}, at::kFloat),
                            at::empty({size, length}, at::kFloat)};
    for (std::int64_t k = 0; k < size; ++k, ++snippet) {
      affine.scale.mutable_data_ptr<float>()[k] = static_cast<float>(affines_[snippet].scale);
      affine.shift.mutable_data_ptr<float>()[k] = static_cast<float>(affines_[snippet].shift);
    }
    const auto maps = static_cast<std::size_t>(size * length);
    std::copy_n(weights_.begin() + static_cast<std::ptrdiff_t>(map), maps,
                affine.weight.mutable_data_ptr<float>());
    map += maps;
    result.affines.push_back(std::move(affine));
  }
  summary_.aligner = Aligner::kIrls;
  summary_.parts = static_cast<std::int64_t>(parts_.count);
  if (!summary_.history.empty()) summary_.first_objective = summary_.history.front();
  std::vector<float> scales;
  for (std::size_t j = 0; j < affines_.size(); ++j) {
    if (parts_.used(j)) scales.push_back(static_cast<float>(affines_[j].scale));
  }
  if (scales.empty()) scales.push_back(1);
  const auto [smallest, largest] = std::minmax_element(scales.begin(), scales.end());
  summary_.min_scale = *smallest;
  summary_.max_scale = *largest;
  result.summary = std::move(summary_);
  return result;
}

}  // namespace

CoAlignResult co_align_irls(const std::vector<SnippetSamples>& snippets,
                            const CoAlignOptions& options, Progress& progress) {
  options.validate();
  const auto begin = std::chrono::steady_clock::now();
  check_samples(snippets);
  CoAlignResult result = IrlsFit(snippets, options, progress).run();
  result.summary.seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return result;
}

}  // namespace rollingdepth
