#include "live/live_run.hpp"

#include <c10/core/InferenceMode.h>

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <utility>

#include "base/formatted.hpp"
#include "base/joining_thread.hpp"
#include "base/operation_threads.hpp"
#include "base/trace.hpp"
#include "live/frame_mailbox.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth::live {
namespace {

// How often it is looked at what raises no flag by itself.
constexpr std::chrono::milliseconds kLook{50};
// What the networks get to finish the frame in hand once the end is asked for.
constexpr std::chrono::milliseconds kLastFrame{300};

}  // namespace

/// The threads, and what they share.
class LiveRun::State {
 public:
  State(LiveSource& source, CausalDepth& depth, const LiveRunOptions& options,
        const ViewPainter& painter, StopFlag& stop, LiveRunListener listener)
      : source_(source),
        options_(options),
        painter_(painter),
        stop_(stop),
        listener_(std::move(listener)),
        stats_(Clock::now()),
        computer_(depth, painter, options.computer, source.info().size, stats_),
        mailbox_(source.info().drops) {}

  ~State() {
    stop_.raise();
    mailbox_.stop();
  }

  [[nodiscard]] PictureShape shape() const {
    const FrameSize size = computer_.depth_size();
    return {.depth = size,
            .view = painter_.size(size),
            .frame_rate = source_.info().frame_rate,
            .drops = source_.info().drops};
  }

  void note_sent(const LivePicture& picture, Clock::time_point when) {
    const auto seconds_from = [when](Clock::time_point from) {
      return std::chrono::duration<double>(when - from).count();
    };
    stats_.add(Stage::kSend, seconds_from(picture.handed_out));
    stats_.add(Stage::kTotal, seconds_from(picture.frame.captured));
  }

  void remark(const std::string& text) {
    const std::lock_guard lock(telling_);
    if (listener_.on_remark) listener_.on_remark(text);
  }

  void run(const std::vector<LiveTarget*>& targets, std::chrono::milliseconds every);
  [[nodiscard]] bool is_busy() const;
  [[nodiscard]] std::string summary() const;

 private:
  void capture();
  void compute();
  void compute_frames();
  bool deliver(const SharedPicture& picture);
  bool goes_on_without(const LiveTarget& gone) const;
  void wait_for_end(std::chrono::milliseconds every);
  void finish_targets();
  void end(std::exception_ptr why);
  void record(const Json& line);
  [[nodiscard]] Json counted(const char* event, Json measured) const;
  [[nodiscard]] std::vector<TargetCounts> target_counts() const;

  LiveSource& source_;
  LiveRunOptions options_;
  const ViewPainter& painter_;
  StopFlag& stop_;
  LiveRunListener listener_;
  std::mutex telling_;
  LiveStats stats_;
  FrameComputer computer_;
  FrameMailbox mailbox_;

  std::vector<LiveTarget*> targets_;
  bool shows_view_ = false;
  std::mutex delivering_;       // A picture goes to the targets, or they are finished.
  bool delivered_all_ = false;  // They take no more.

  mutable std::mutex mutex_;  // Of what follows.
  std::condition_variable changed_;
  bool computed_all_ = false;
  std::exception_ptr failure_;  // The first.
  std::int64_t res_px_ = 0;     // Where it was lowered.

  // Last: they end before all else goes.
  JoiningThread computing_;
  JoiningThread capturing_;
};

void LiveRun::State::record(const Json& line) {
  const std::lock_guard lock(telling_);
  if (listener_.on_record) listener_.on_record(line);
}

void LiveRun::State::end(std::exception_ptr why) {
  const std::lock_guard lock(mutex_);
  if (!failure_) failure_ = std::move(why);
  changed_.notify_all();
}

void LiveRun::State::capture() {
  name_trace_thread("capture");
  try {
    while (std::optional<LiveFrame> frame = source_.next()) {
      if (!mailbox_.put(std::move(*frame))) break;
    }
    mailbox_.close();
  } catch (...) {
    mailbox_.close(std::current_exception());
  }
}

void LiveRun::State::compute() {
  name_trace_thread("compute");
  std::exception_ptr failure;
  try {
    compute_frames();
  } catch (...) {
    failure = std::current_exception();
  }
  end(failure);
  const std::lock_guard lock(mutex_);
  computed_all_ = true;
  changed_.notify_all();
}

void LiveRun::State::compute_frames() {
  const c10::InferenceMode inference;
  const OperationThreads threads(options_.threads);
  std::int64_t frames = 0;
  while (std::optional<LiveFrame> frame = mailbox_.take()) {
    auto picture = std::make_shared<LivePicture>(computer_.compute(std::move(*frame), shows_view_));
    picture->handed_out = Clock::now();
    if (!deliver(picture)) return;
    stats_.count_shown();
    record(frame_record(picture->frame, computer_.shown()));
    if (const auto res_px = computer_.take_new_res()) {
      remark("networks run at " + std::to_string(*res_px) + " pixels from now on, to hold " +
             formatted("%.3g", options_.computer.adapt->frames_per_second) + " frames a second");
      const std::lock_guard lock(mutex_);
      res_px_ = *res_px;
    }
    if (++frames == options_.most_frames) return;
  }
}

// @return whether more pictures are wanted.
bool LiveRun::State::deliver(const SharedPicture& picture) {
  const std::lock_guard lock(delivering_);
  if (delivered_all_) return false;
  for (LiveTarget* const target : targets_) {
    try {
      target->put(picture);
    } catch (const ReaderGone&) {
      if (!goes_on_without(*target)) throw;
      remark("the reader of standard output has gone");
      return false;
    }
  }
  return true;
}

// Whether others were served: then it is an end like any other.
bool LiveRun::State::goes_on_without(const LiveTarget& gone) const {
  return std::any_of(targets_.begin(), targets_.end(), [&](const LiveTarget* target) {
    return target != &gone && target->counts().sent > 0;
  });
}

std::vector<TargetCounts> LiveRun::State::target_counts() const {
  std::vector<TargetCounts> counts;
  for (const LiveTarget* const target : targets_) counts.push_back(target->counts());
  return counts;
}

Json LiveRun::State::counted(const char* event, Json measured) const {
  Json line = {{"event", event},
               {"seconds", stats_.seconds_since_start()},
               {"frames_in", mailbox_.received()},
               {"frames_out", stats_.shown()},
               {"dropped", mailbox_.dropped()},
               {"waiting", mailbox_.waiting()}};
  {
    const std::lock_guard lock(mutex_);
    if (res_px_ > 0) line["res"] = res_px_;
  }
  line.update(measured);
  line["targets"] = target_records(target_counts());
  return line;
}

void LiveRun::State::wait_for_end(std::chrono::milliseconds every) {
  Clock::time_point due = Clock::now() + every;
  std::unique_lock lock(mutex_);
  while (!computed_all_ && !failure_) {
    changed_.wait_for(lock, kLook);
    lock.unlock();
    for (const std::string& text : source_.take_remarks()) remark(text);
    if (Clock::now() >= due) {
      record(counted("stats", stats_.take_interval()));
      due = std::max(due + every, Clock::now());  // After a pause of the whole program, only one.
    }
    const bool stopped = stop_.raised();
    lock.lock();
    if (stopped) break;
  }
}

void LiveRun::State::finish_targets() {
  {
    // A put() that waits ends soon after the flag was raised.
    const std::lock_guard lock(delivering_);
    delivered_all_ = true;
  }
  for (LiveTarget* const target : targets_) {
    try {
      target->finish();
    } catch (const ReaderGone&) {
      if (!goes_on_without(*target)) end(std::current_exception());
    } catch (...) {
      end(std::current_exception());
    }
  }
}

void LiveRun::State::run(const std::vector<LiveTarget*>& targets, std::chrono::milliseconds every) {
  targets_ = targets;
  shows_view_ = std::any_of(targets.begin(), targets.end(),
                            [](const LiveTarget* target) { return target->shows_view(); });
  computing_ = JoiningThread([this] { compute(); });
  capturing_ = JoiningThread([this] { capture(); });
  wait_for_end(every);
  {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, kLastFrame, [&] { return computed_all_; });
  }
  // At the end of a source its last pictures are still on their way; else the end is now.
  mailbox_.stop();
  finish_targets();
  stop_.raise();
  for (const std::string& text : source_.take_remarks()) remark(text);
  record(counted("end", stats_.all()));
  const std::lock_guard lock(mutex_);
  if (failure_) std::rethrow_exception(failure_);
}

bool LiveRun::State::is_busy() const {
  const std::lock_guard lock(mutex_);
  return !computed_all_;
}

std::string LiveRun::State::summary() const {
  const double seconds = stats_.seconds_since_start();
  const std::int64_t shown = stats_.shown();
  std::string text = std::to_string(mailbox_.received()) + " frames in, " + std::to_string(shown) +
                     " shown, " + std::to_string(mailbox_.dropped()) + " dropped, " +
                     formatted("%.3g", static_cast<double>(shown) / std::max(seconds, 1e-9)) +
                     " a second";
  if (const double p50 = stats_.quantile(Stage::kTotal, 0.5); p50 > 0) {
    text += formatted("; from capture to send %.0f ms, 95 %% within %.0f ms", p50 * 1e3,
                      stats_.quantile(Stage::kTotal, 0.95) * 1e3);
  }
  return text;
}

LiveRun::LiveRun(LiveSource& source, CausalDepth& depth, const LiveRunOptions& options,
                 const ViewPainter& painter, StopFlag& stop, LiveRunListener listener)
    : state_(std::make_unique<State>(source, depth, options, painter, stop, std::move(listener))) {}

LiveRun::~LiveRun() = default;

PictureShape LiveRun::shape() const { return state_->shape(); }

PictureSent LiveRun::on_sent() {
  return [state = state_.get()](const LivePicture& picture, Clock::time_point when) {
    state->note_sent(picture, when);
  };
}

TargetRemark LiveRun::on_target_remark() {
  return [state = state_.get()](const std::string& text) { state->remark(text); };
}

void LiveRun::run(const std::vector<LiveTarget*>& targets, std::chrono::milliseconds every) {
  state_->run(targets, every);
}

bool LiveRun::is_busy() const { return state_->is_busy(); }

std::string LiveRun::summary() const { return state_->summary(); }

}  // namespace rollingdepth::live
