#include "shots/fades.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

namespace rollingdepth {
namespace {

// A picture that is lit is so many times brighter than the darkest frame: dark scenes whose
// brightness wanders are no fades.
constexpr double kLitTimes = 3;
// Of the brightest frame in a second before the black: the last one of a fade has less.
constexpr double kFaded = 0.75;
// Beside black a fade is fainter than so many times the luma below which a frame is dark.
constexpr double kFaintTimes = 2;
// Frames are as dark as the darkest within this luma.
constexpr float kSameLuma = 0.5F;

/// Frames first to last, both counted.
struct Stretch {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

/// Whether the picture gets dark, or bright, gradually where it meets black.
/// @param edge the frame beside the black. @param step -1 or 1: away from the black.
bool is_gradual(const std::vector<FrameNumbers>& frames, std::int64_t edge, std::int64_t step,
                std::int64_t second_frames) {
  float brightest = 0;
  for (std::int64_t k = 0; k <= second_frames; ++k) {
    const std::int64_t frame = edge + k * step;
    if (frame < 0 || std::cmp_greater_equal(frame, frames.size())) break;
    brightest = std::max(brightest, frames[static_cast<std::size_t>(frame)].luma);
  }
  return frames[static_cast<std::size_t>(edge)].luma <= kFaded * brightest;
}

class FadeSearch {
 public:
  FadeSearch(const std::vector<FrameNumbers>& frames, const FadeOptions& options, const Cuts& hard)
      : frames_(frames), options_(options), hard_(hard) {}

  Cuts run() {
    Cuts cuts;
    std::int64_t lit = 0;  // Where the frames begin that no earlier darkness has.
    for (std::int64_t i = 0; i < count(); ++i) {
      if (luma(i) >= options_.luma) continue;
      const Stretch dark = widened({i, i}, options_.luma, 0);
      i = dark.last;
      const std::optional<float> darkest = darkest_black(dark);
      if (!darkest) continue;
      const Stretch whole = widened(dark, lit_luma(*darkest), lit);
      const bool inside = whole.first > lit && whole.last < count() - 1;
      lit = whole.last + 1;
      i = whole.last;
      if (!inside) continue;
      const std::optional<std::int64_t> cut = cut_in(whole);
      if (cut && (cuts.empty() || *cut - cuts.back() >= options_.least_frames)) {
        cuts.push_back(*cut);
      }
    }
    return cuts;
  }

 private:
  [[nodiscard]] std::int64_t count() const { return static_cast<std::int64_t>(frames_.size()); }
  [[nodiscard]] float luma(std::int64_t frame) const {
    return frames_[static_cast<std::size_t>(frame)].luma;
  }
  [[nodiscard]] double lit_luma(float darkest) const {
    return std::max(options_.luma, kLitTimes * (darkest + 1));
  }

  /// As far as frames are darker than `below`, not before `begin`.
  [[nodiscard]] Stretch widened(Stretch stretch, double below, std::int64_t begin) const {
    while (stretch.first > begin && luma(stretch.first - 1) < below) --stretch.first;
    while (stretch.last + 1 < count() && luma(stretch.last + 1) < below) ++stretch.last;
    return stretch;
  }

  [[nodiscard]] std::optional<float> darkest_black(Stretch stretch) const {
    std::optional<float> darkest;
    for (std::int64_t i = stretch.first; i <= stretch.last; ++i) {
      if (!frames_[static_cast<std::size_t>(i)].is_black) continue;
      if (!darkest || luma(i) < *darkest) darkest = luma(i);
    }
    return darkest;
  }

  /// The longest run of frames that are as dark as the darkest.
  [[nodiscard]] Stretch darkest_run(Stretch stretch, float darkest) const {
    Stretch longest{stretch.first, stretch.first - 1};
    for (std::int64_t i = stretch.first; i <= stretch.last; ++i) {
      if (luma(i) > darkest + kSameLuma) continue;
      Stretch run{i, i};
      while (run.last < stretch.last && luma(run.last + 1) <= darkest + kSameLuma) ++run.last;
      if (run.last - run.first > longest.last - longest.first) longest = run;
      i = run.last;
    }
    return longest;
  }

  // A detector may find the frame beside the edge.
  [[nodiscard]] bool is_divided_at(std::int64_t edge, std::int64_t middle) const {
    return std::any_of(hard_.begin(), hard_.end(), [&](std::int64_t cut) {
      return std::abs(cut - edge) <= 1 && std::abs(cut - middle) >= options_.least_frames;
    });
  }

  [[nodiscard]] std::optional<std::int64_t> cut_in(Stretch whole) const {
    const std::optional<float> darkest = darkest_black(whole);
    if (!darkest) return std::nullopt;
    const Stretch run = darkest_run(whole, *darkest);
    const std::int64_t middle = (run.first + run.last) / 2;
    const Stretch black = widened(run, kLitTimes * (*darkest + 1), whole.first);
    const bool gradual = is_gradual(frames_, black.first - 1, -1, options_.second_frames) ||
                         is_gradual(frames_, black.last + 1, 1, options_.second_frames);
    const bool divided =
        is_divided_at(black.first, middle) || is_divided_at(black.last + 1, middle);
    const bool too_near =
        middle < options_.least_frames || count() - middle < options_.least_frames;
    if (!gradual || divided || too_near) return std::nullopt;
    return middle;
  }

  const std::vector<FrameNumbers>& frames_;
  const FadeOptions& options_;
  const Cuts& hard_;
};

}  // namespace

bool is_end_of_fade(const std::vector<FrameNumbers>& frames, std::int64_t frame,
                    const FadeOptions& options) {
  const FrameNumbers& before = frames[static_cast<std::size_t>(frame - 1)];
  const FrameNumbers& after = frames[static_cast<std::size_t>(frame)];
  if (before.is_black && after.is_black) return true;
  if (std::max(before.luma, after.luma) >= kFaintTimes * options.luma) return false;
  return (before.is_black && is_gradual(frames, frame, 1, options.second_frames)) ||
         (after.is_black && is_gradual(frames, frame - 1, -1, options.second_frames));
}

Cuts fade_cuts(const std::vector<FrameNumbers>& frames, const FadeOptions& options,
               const Cuts& hard) {
  return FadeSearch(frames, options, hard).run();
}

}  // namespace rollingdepth
