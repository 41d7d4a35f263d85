#include "film/shot_frames.hpp"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace rollingdepth {
namespace {

using Times = std::vector<std::optional<std::int64_t>>;

// Of the shot, where all of the clip are known.
Times times_of(const ClipFrames& whole, UnitRange shot) {
  if (!whole.ended()) return {};
  const Times all = whole.times();
  return {all.begin() + shot.first, all.begin() + std::min(shot.last, whole.count())};
}

// A few numbers a frame: never a file.
SpoolPlace in_memory() {
  return {.folder = {},
          .memory_limit_bytes = std::numeric_limits<std::int64_t>::max() / 2,
          .job = std::nullopt};
}

}  // namespace

class ShotFrames::Source final : public FrameSource {
 public:
  Source(ClipFrames& whole, UnitRange shot, Times times)
      : whole_(whole), shot_(shot), times_(std::move(times)), info_(whole.info()) {
    info_.frame_numbers.clear();
    info_.frames_estimate = std::nullopt;
    info_.frames_exact = false;
    if (whole.ended()) {
      info_.frames_estimate = static_cast<std::int64_t>(times_.size());
    } else if (shot.last < std::numeric_limits<std::int64_t>::max()) {
      info_.frames_estimate = shot.last - shot.first;
    } else if (const auto expected = whole.expected()) {
      info_.frames_estimate = std::max<std::int64_t>(*expected - shot.first, 1);
      return;
    }
    info_.frames_exact = info_.frames_estimate.has_value();
  }

  [[nodiscard]] const ClipInfo& info() const override { return info_; }

  std::optional<Frame> next() override {
    if (shot_.first + position_ >= shot_.last) return std::nullopt;
    if (!times_.empty()) {
      if (std::cmp_equal(position_, times_.size())) return std::nullopt;
      whole_.go_to(shot_.first + position_);
    }
    std::vector<Frame> frames = whole_.read(1);
    if (frames.empty()) return std::nullopt;
    ++position_;
    return std::move(frames.front());
  }

  bool seek(std::int64_t pts) override {
    const auto found = std::find(times_.begin(), times_.end(), std::optional(pts));
    if (found == times_.end() || found - times_.begin() < position_) return false;
    position_ = found - times_.begin();
    return true;
  }

 private:
  ClipFrames& whole_;
  UnitRange shot_;
  Times times_;  // Empty: not known.
  ClipInfo info_;
  std::int64_t position_ = 0;  // Of the shot's frames: what next() gives.
};

ShotFrames::ShotFrames(ClipFrames& whole, UnitRange shot) : notes_(in_memory()) {
  const Times times = times_of(whole, shot);
  source_ = std::make_unique<Source>(whole, shot, times);
  frames_.emplace(*source_, ClipOptions{}, notes_);
  if (!times.empty()) frames_->take_times(times);
}

ShotFrames::~ShotFrames() = default;

}  // namespace rollingdepth
