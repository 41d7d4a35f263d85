#include "align/co_align_objective.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <algorithm>
#include <string>
#include <tuple>

#include "align/snippet_plan.hpp"
#include "base/error.hpp"

namespace rollingdepth {
namespace {

// Less work than this per thread and step is done sooner than another thread wakes up.
constexpr std::size_t kSamplesPerThread = 32768;
constexpr double kScalePenalty = 0.1;
constexpr double kShiftPenalty = 10;

void check_finite(const SnippetSamples& entry) {
  if (at::isfinite(entry.samples).all().item<bool>()) return;
  throw Error(ErrorKind::kFailed,
              "cannot align the snippets of dilation " + std::to_string(entry.plan.dilation) +
                  ": the predicted depth holds values that are not finite",
              Retry::kNever);
}

}  // namespace

CoAlignObjective::CoAlignObjective(const std::vector<SnippetSamples>& snippets) {
  lay_out(snippets);
  scratch_.resize(useful_members());
  team_ = std::make_unique<StepTeam>(
      "align", scratch_.size(), [this](std::size_t member) { evaluate_frames(scratch_[member]); });
}

void CoAlignObjective::lay_out(const std::vector<SnippetSamples>& snippets) {
  std::vector<SnippetPlan> plans;
  std::vector<at::Tensor> samples;
  std::vector<std::size_t> first_snippet;
  std::size_t snippet_count = 0;
  std::int64_t rows = 0;
  check_samples(snippets);
  for (const SnippetSamples& entry : snippets) {
    check_finite(entry);
    plans.push_back(entry.plan);
    samples.push_back(entry.samples.contiguous());
    first_snippet.push_back(snippet_count);
    snippets_of_entry_.push_back(static_cast<std::size_t>(entry.plan.size()));
    snippet_count += snippets_of_entry_.back();
    if (entry.plan.size() > 0) rows += entry.plan.length;
  }
  const std::int64_t frames = plans.front().frames;
  pixels_ = static_cast<std::size_t>(samples.front().size(2) * samples.front().size(3));
  pixel_weight_ =
      static_cast<float>(1.0 / (static_cast<double>(rows * frames) * static_cast<double>(pixels_)));
  for (std::int64_t frame = 0; frame < frames; ++frame) {
    std::vector<CoveringMap> covering = covering_maps(plans, frame);
    std::stable_sort(covering.begin(), covering.end(),
                     [](const CoveringMap& a, const CoveringMap& b) {
                       return std::tie(a.entry, a.position) < std::tie(b.entry, b.position);
                     });
    frames_.push_back({snippet_of_map_.size(), covering.size()});
    for (const CoveringMap& map : covering) {
      const std::int64_t row = map.snippet * plans[map.entry].length + map.position;
      const float* from =
          samples[map.entry].const_data_ptr<float>() + static_cast<std::size_t>(row) * pixels_;
      samples_.insert(samples_.end(), from, from + pixels_);
      snippet_of_map_.push_back(first_snippet[map.entry] + static_cast<std::size_t>(map.snippet));
    }
  }
  map_scales_.resize(snippet_of_map_.size());
  map_shifts_.resize(snippet_of_map_.size());
  map_gradients_.resize(snippet_of_map_.size());
  frame_losses_.resize(frames_.size());
  snippet_gradients_.resize(snippet_count);
}

std::size_t CoAlignObjective::useful_members() const {
  const std::size_t threads = static_cast<std::size_t>(std::max(at::get_num_threads(), 1));
  return std::clamp<std::size_t>(samples_.size() / kSamplesPerThread, 1, threads);
}

AffineParameters CoAlignObjective::identity() const {
  const std::size_t snippets = snippet_gradients_.size();
  return {std::vector<float>(snippets, 1.0f), std::vector<float>(snippets, 0.0f)};
}

double CoAlignObjective::evaluate(const AffineParameters& parameters, AffineParameters& gradient) {
  for (std::size_t map = 0; map < snippet_of_map_.size(); ++map) {
    map_scales_[map] = parameters.scales[snippet_of_map_[map]];
    map_shifts_[map] = parameters.shifts[snippet_of_map_[map]];
  }
  next_frame_ = 0;
  team_->run();

  // Summed in a fixed order, whichever thread took which frame.
  std::fill(snippet_gradients_.begin(), snippet_gradients_.end(), MapGradient{});
  for (std::size_t map = 0; map < snippet_of_map_.size(); ++map) {
    snippet_gradients_[snippet_of_map_[map]].scale += map_gradients_[map].scale;
    snippet_gradients_[snippet_of_map_[map]].shift += map_gradients_[map].shift;
  }
  double loss = 0;
  for (const double frame_loss : frame_losses_) loss += frame_loss;
  gradient.scales.resize(snippet_gradients_.size());
  gradient.shifts.resize(snippet_gradients_.size());
  for (std::size_t i = 0; i < snippet_gradients_.size(); ++i) {
    gradient.scales[i] = static_cast<float>(snippet_gradients_[i].scale);
    gradient.shifts[i] = static_cast<float>(snippet_gradients_[i].shift);
  }
  return loss + add_penalties(parameters, gradient);
}

void CoAlignObjective::evaluate_frames(FrameScratch& scratch) {
  for (;;) {
    const std::size_t frame = next_frame_.fetch_add(1, std::memory_order_relaxed);
    if (frame >= frames_.size()) return;
    const auto [first, count] = frames_[frame];
    if (count == 0) continue;  // A zero of the original's dense array.
    const FrameMaps maps = {.samples = samples_.data() + first * pixels_,
                            .count = count,
                            .pixels = pixels_,
                            .scales = std::span(map_scales_).subspan(first, count),
                            .shifts = std::span(map_shifts_).subspan(first, count)};
    frame_losses_[frame] =
        frame_terms(maps, pixel_weight_, scratch, std::span(map_gradients_).subspan(first, count));
  }
}

double CoAlignObjective::add_penalties(const AffineParameters& parameters,
                                       AffineParameters& gradient) const {
  double penalty = 0;
  std::size_t i = 0;
  for (const std::size_t count : snippets_of_entry_) {
    const auto snippets = static_cast<double>(count);
    for (const std::size_t end = i + count; i < end; ++i) {
      const double shortfall = std::max(0.0f, 1.0f - parameters.scales[i]);
      const double shift = parameters.shifts[i];
      penalty += (kScalePenalty * shortfall * shortfall + kShiftPenalty * shift * shift) / snippets;
      gradient.scales[i] -= static_cast<float>(2 * kScalePenalty * shortfall / snippets);
      gradient.shifts[i] += static_cast<float>(2 * kShiftPenalty * shift / snippets);
    }
  }
  return penalty;
}

std::vector<SnippetAffine> CoAlignObjective::split(const AffineParameters& parameters) const {
  std::vector<SnippetAffine> affines;
  auto scale = parameters.scales.begin();
  auto shift = parameters.shifts.begin();
  for (const std::size_t count : snippets_of_entry_) {
    SnippetAffine affine = {at::empty({static_cast<std::int64_t>(count)}, at::kFloat),
                            at::empty({static_cast<std::int64_t>(count)}, at::kFloat),
                            {}};
    const auto length = static_cast<std::ptrdiff_t>(count);
    std::copy_n(scale, length, affine.scale.mutable_data_ptr<float>());
    std::copy_n(shift, length, affine.shift.mutable_data_ptr<float>());
    scale += length;
    shift += length;
    affines.push_back(std::move(affine));
  }
  return affines;
}

}  // namespace rollingdepth
