#include "live/live_source.hpp"

#include <algorithm>
#include <chrono>
#include <mutex>
#include <utility>

#include "base/formatted.hpp"
#include "decode/picture_geometry.hpp"
#include "live/remark_limit.hpp"
#include "live/source_kind.hpp"
#include "live/source_lost.hpp"
#include "live/source_pacing.hpp"
#include "live/stream_reader.hpp"

namespace rollingdepth::live {
namespace {

constexpr std::chrono::milliseconds kFirstPause{500};  // Before a source is opened again.
constexpr std::chrono::milliseconds kLongestPause{5000};
constexpr std::chrono::seconds kBetweenRemarks{5};  // On what may go on for ever.

std::string size_text(const FrameSize& size) {
  return std::to_string(size.width_px) + "x" + std::to_string(size.height_px);
}

std::string counted(std::int64_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

/// A source that is opened as often as it takes, and its frames on one line of time.
class OpenedSource final : public LiveSource {
 public:
  OpenedSource(const SourceOptions& options, const StopFlag& stop)
      : options_(options), stop_(stop) {
    clip_.name = public_name(options.source);
    first_ = first_picture();
    clip_.size = first_->shown;
    clip_.frame_rate = reader_->frame_rate();
    paced_ = options.realtime || reader_->is_stored();
    by_arrival_ = options.is_live() && !paced_;
    clip_.drops = options.is_live() || options.realtime;
    times_.emplace(clip_.frame_rate, reader_->clock_may_jump());
  }

  [[nodiscard]] const LiveClip& info() const override { return clip_; }

  std::optional<LiveFrame> next() override try {
    if (stop_.raised()) return std::nullopt;
    std::optional<StreamPicture> picture = first_ ? std::exchange(first_, {}) : read();
    note_reader(/*last=*/!picture);
    if (!picture) return std::nullopt;
    return frame_of(*picture);
  } catch (const Cancelled&) {
    return std::nullopt;
  }

  std::vector<std::string> take_remarks() override {
    const std::lock_guard lock(mutex_);
    return std::exchange(remarks_, {});
  }

 private:
  StreamPicture first_picture();
  StreamPicture picture_of_new_reader();
  std::optional<StreamPicture> read();
  std::optional<StreamPicture> open_again(const std::string& why);
  LiveFrame frame_of(const StreamPicture& picture);
  void place_by_arrival(LiveFrame& frame, Clock::time_point decoded);
  void place_by_clip(LiveFrame& frame, const StreamPicture& picture);
  void wait_until(Clock::time_point due) const;
  void note_reader(bool last);
  void remark(const std::string& what);
  void loss_remark(std::string what);

  SourceOptions options_;
  const StopFlag& stop_;
  LiveClip clip_;
  std::optional<StreamReader> reader_;
  std::optional<StreamPicture> first_;  ///< Read before it was asked for.

  bool paced_ = false;       ///< By the clip's own times; else frames are given as they come,
  bool by_arrival_ = false;  ///< whose times, where this is set, are those of their coming.
  std::optional<ClipTimes> times_;
  Pace pace_;
  std::optional<Clock::time_point> begin_;  ///< When the first frame of a live source came.
  std::int64_t last_time_us_ = -1;
  std::int64_t frames_ = 0;
  bool begins_anew_ = false;

  RemarkLimit losses_;  ///< What is told of them.
  Damage damage_;
  Clock::time_point damage_told_{};
  std::mutex mutex_;
  std::vector<std::string> remarks_;  ///< Guarded by mutex_.
};

// At the start, a source that cannot be opened is an error, which a wrong name would be for ever;
// only for who sends to this machine it is waited, where a lost source is waited for as well.
StreamPicture OpenedSource::first_picture() {
  while (true) {
    try {
      return picture_of_new_reader();
    } catch (const SourceLost& lost) {
      if (!options_.reconnect || !waits_for_sender(options_.source) || !lost.is_silence()) {
        std::string what = "cannot open " + clip_.name;
        throw Error(ErrorKind::kInput, what.append(": ").append(lost.what()));
      }
    }
  }
}

StreamPicture OpenedSource::picture_of_new_reader() {
  reader_.reset();  // Not two at once: a camera or port is for one.
  reader_.emplace(options_, stop_);
  std::optional<StreamPicture> picture = reader_->next();
  if (!picture) {
    throw SourceLost(reader_->is_empty_pipe() ? kNothingWritten : "no frame in it can be decoded");
  }
  return *std::move(picture);
}

// The next picture, wherever the source has to be begun or opened again for it.
std::optional<StreamPicture> OpenedSource::read() {
  if (!reader_) return std::nullopt;  // Lost before.
  std::string why = "it ended";
  try {
    if (std::optional<StreamPicture> picture = reader_->next()) return picture;
    note_reader(/*last=*/true);
    if (options_.loop) {
      begins_anew_ = true;
      return picture_of_new_reader();
    }
    if (!options_.reconnect) return std::nullopt;
  } catch (const SourceLost& lost) {
    why = lost.what();
    if (!options_.reconnect) {
      std::string what = clip_.name + " is lost";
      throw Error(ErrorKind::kInput, what.append(": ").append(why));
    }
  }
  return open_again(why);
}

// Tries for ever; nothing once the flag is raised.
std::optional<StreamPicture> OpenedSource::open_again(const std::string& why) {
  loss_remark("lost (" + why + "); opening it again");
  std::string told;
  for (auto pause = kFirstPause; !stop_.wait_for(pause);
       pause = std::min(pause * 2, kLongestPause)) {
    try {
      StreamPicture picture = picture_of_new_reader();
      loss_remark("opened again");
      if (picture.shown != clip_.size) {
        loss_remark("frames are " + size_text(picture.shown) + " now; scaled to " +
                    size_text(clip_.size) + " as before");
      }
      begins_anew_ = true;
      return picture;
    } catch (const Error& error) {
      const std::string failed = describe(error);
      if (failed != std::exchange(told, failed)) loss_remark("not there yet (" + failed + ")");
    }
  }
  return std::nullopt;
}

LiveFrame OpenedSource::frame_of(const StreamPicture& picture) {
  LiveFrame frame;
  frame.rgb = resized(picture.rgb, clip_.size.height_px, clip_.size.width_px);
  frame.number = frames_++;
  frame.begins_anew = std::exchange(begins_anew_, false);
  if (by_arrival_) {
    place_by_arrival(frame, picture.decoded);
  } else {
    if (frame.begins_anew) times_->begin_anew();
    place_by_clip(frame, picture);
  }
  last_time_us_ = frame.time_us;
  return frame;
}

void OpenedSource::place_by_arrival(LiveFrame& frame, Clock::time_point decoded) {
  if (!begin_) begin_ = decoded;
  const auto since = std::chrono::duration_cast<std::chrono::microseconds>(decoded - *begin_);
  frame.captured = decoded;
  frame.time_us = std::max(since.count(), last_time_us_ + 1);
}

void OpenedSource::place_by_clip(LiveFrame& frame, const StreamPicture& picture) {
  frame.time_us = times_->next(picture.pts_us);
  frame.captured = picture.decoded;
  if (!paced_) return;
  frame.captured = pace_.due(frame.time_us, Clock::now());
  wait_until(frame.captured);
  const double late_seconds =
      std::chrono::duration<double>(pace_.take_lateness(Clock::now())).count();
  if (late_seconds > 0) {
    remark(formatted("%.1f seconds behind its own pace; going on from there", late_seconds));
  }
}

void OpenedSource::wait_until(Clock::time_point due) const {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(due - Clock::now());
    if (left.count() <= 0) return;
    if (stop_.wait_for(left)) throw Cancelled();
  }
}

// Passes on what the reader has to say. @param last whether it will say nothing more.
void OpenedSource::note_reader(bool last) {
  if (!reader_) return;
  for (const std::string& line : reader_->take_remarks()) remark(line);
  const Damage more = reader_->take_damage();
  damage_.packets += more.packets;
  damage_.pictures += more.pictures;
  const Clock::time_point now = Clock::now();
  if (!last && now - damage_told_ < kBetweenRemarks) return;
  const Damage told = std::exchange(damage_, {});
  if (told.packets > 0) remark(counted(told.packets, "damaged packet") + " skipped");
  if (told.pictures > 0) {
    remark(counted(told.pictures, "damaged picture") + " shown, with concealed errors");
  }
  if (told.packets + told.pictures > 0) damage_told_ = now;
}

void OpenedSource::remark(const std::string& what) {
  const std::lock_guard lock(mutex_);
  remarks_.push_back(clip_.name + ": " + what);
}

// A source may come only to go again.
void OpenedSource::loss_remark(std::string what) {
  if (losses_.takes(what, Clock::now())) remark(what);
}

}  // namespace

std::unique_ptr<LiveSource> open_live_source(const SourceOptions& options, const StopFlag& stop) {
  options.validate();
  // What libav would print belongs to remarks and errors.
  av_log_set_level(AV_LOG_QUIET);
  return std::make_unique<OpenedSource>(options, stop);
}

}  // namespace rollingdepth::live
