#include "shots/cut_detector.hpp"

#include <algorithm>
#include <cmath>
#include <deque>
#include <vector>

#include "shots/fades.hpp"
#include "shots/frame_numbers.hpp"
#include "shots/small_picture.hpp"

namespace rollingdepth {
namespace {

constexpr double kUsualRate = 25;
// Of the pixels of a black frame so many may be brighter: noise, a line of light at the border.
// Source: FFmpeg's blackdetect.
constexpr double kBrightShare = 0.02;
// After a flash the picture is the one before it: that change is less than so much of the flash's.
constexpr double kFlashShare = 0.5;
// A change is the mean of so many: in the dark, brightness has its share in it.
constexpr double kComponents = 3;
// Means below this count as zero, and ratios do not grow above the other. Source: AdaptiveDetector.
constexpr double kZeroMean = 1e-5;
constexpr double kLargestRatio = 255;

/// The fewest frames that last so long.
std::int64_t frames_of(double seconds, double rate) {
  constexpr double kRoundingError = 1e-6;
  return static_cast<std::int64_t>(std::ceil(seconds * rate - kRoundingError));
}

class AdaptiveCuts {
 public:
  AdaptiveCuts(const std::vector<FrameNumbers>& frames, const CutOptions& options,
               const FadeOptions& fade)
      : frames_(frames), options_(options), fade_(fade) {}

  /// Frames without a full window are no cuts, nor are those within `least` frames of the last one,
  /// or of the beginning.
  [[nodiscard]] Cuts find(std::int64_t least) const {
    Cuts cuts;
    std::int64_t last = 0;
    const auto count = static_cast<std::int64_t>(frames_.size());
    for (std::int64_t i = options_.window; i + options_.window < count; ++i) {
      if (i - last < least || !is_cut(i) || is_flash(i) || is_fade(i)) continue;
      cuts.push_back(i);
      last = i;
    }
    return cuts;
  }

 private:
  [[nodiscard]] const FrameNumbers& at(std::int64_t frame) const {
    return frames_[static_cast<std::size_t>(frame)];
  }

  [[nodiscard]] bool is_cut(std::int64_t frame) const {
    const double change = at(frame).change;
    if (change < options_.least_content || at(frame).stays_dark) return false;
    double sum = 0;
    for (std::int64_t i = frame - options_.window; i <= frame + options_.window; ++i) {
      if (i != frame) sum += at(i).change;
    }
    const double mean = sum / (2.0 * static_cast<double>(options_.window));
    // Nothing moves around it, as in titles.
    const double ratio = mean < kZeroMean ? kLargestRatio : std::min(change / mean, kLargestRatio);
    return ratio >= options_.threshold;
  }

  [[nodiscard]] bool is_flash(std::int64_t frame) const {
    return at(frame).flash_change < kFlashShare * at(frame).change;
  }

  [[nodiscard]] bool is_fade(std::int64_t frame) const {
    return options_.fade_luma > 0 && is_end_of_fade(frames_, frame, fade_);
  }

  const std::vector<FrameNumbers>& frames_;
  const CutOptions& options_;
  const FadeOptions& fade_;
};

/// Both kinds in order. Within a least shot of a fade's cut there is no other.
Cuts joined_cuts(const Cuts& hard, const Cuts& fades, std::int64_t least) {
  Cuts cuts = fades;
  for (const std::int64_t cut : hard) {
    const bool is_free = std::none_of(fades.begin(), fades.end(), [&](std::int64_t fade) {
      return cut == fade || std::abs(cut - fade) < least;
    });
    if (is_free) cuts.push_back(cut);
  }
  std::sort(cuts.begin(), cuts.end());
  return cuts;
}

}  // namespace

class CutDetector::State {
 public:
  State(const CutOptions& options, FrameSize size, double rate)
      : options_(options), size_(small_size(size)), rate_(rate) {}

  void add(const at::Tensor& rgb) {
    SmallPicture picture(rgb, size_);
    frames_.push_back(measured(picture));
    look_for_flash(picture);
    pictures_.push_front(std::move(picture));
    if (std::cmp_greater(pictures_.size(), options_.flash_frames + 1)) pictures_.pop_back();
  }

  [[nodiscard]] Cuts finish() const {
    const std::int64_t least = frames_of(options_.least_seconds, rate_);
    const FadeOptions fade{.luma = options_.fade_luma,
                           .second_frames = std::max<std::int64_t>(frames_of(1, rate_), 1),
                           .least_frames = std::max<std::int64_t>(least, 1)};
    const Cuts hard = AdaptiveCuts(frames_, options_, fade).find(least);
    if (options_.fade_luma <= 0) return hard;
    return joined_cuts(hard, fade_cuts(frames_, fade, hard), least);
  }

 private:
  [[nodiscard]] FrameNumbers measured(const SmallPicture& picture) const {
    FrameNumbers numbers;
    if (!pictures_.empty()) numbers.change = picture.change_from(pictures_.front());
    if (options_.fade_luma <= 0) return numbers;
    numbers.luma = static_cast<float>(picture.mean_luma());
    numbers.is_black = numbers.luma < options_.fade_luma / 2 &&
                       picture.share_from(2 * options_.fade_luma) <= kBrightShare;
    numbers.stays_dark =
        !frames_.empty() && std::max(numbers.luma, frames_.back().luma) < options_.fade_luma &&
        picture.value_change_from(pictures_.front()) < options_.least_content / kComponents;
    return numbers;
  }

  // Compares `picture`, whose numbers were added last, with those before a flash that ends with it.
  void look_for_flash(const SmallPicture& picture) {
    bool changed = frames_.back().change >= options_.least_content;
    for (std::size_t length = 1; length < pictures_.size(); ++length) {
      const auto first = frames_.end() - static_cast<std::ptrdiff_t>(length) - 1;
      changed = changed || first->change >= options_.least_content;
      if (!changed) continue;
      const auto over = static_cast<float>(picture.change_from(pictures_[length]));
      for (auto frame = first; frame != frames_.end(); ++frame) {
        frame->flash_change = std::min(frame->flash_change, over);
      }
    }
  }

  CutOptions options_;
  FrameSize size_;
  double rate_;
  std::vector<FrameNumbers> frames_;
  std::deque<SmallPicture> pictures_;  // The last ones, latest first.
};

CutDetector::CutDetector(const CutOptions& options, FrameSize size, Rational frame_rate)
    : state_(std::make_unique<State>(options, size,
                                     frame_rate.positive() ? frame_rate.value() : kUsualRate)) {}

CutDetector::~CutDetector() = default;

void CutDetector::add(const at::Tensor& rgb) { state_->add(rgb); }

Cuts CutDetector::finish() { return state_->finish(); }

}  // namespace rollingdepth
