#include "method/clip_frames.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "rollingdepth/error.hpp"
#include "rollingdepth/method.hpp"

namespace rollingdepth {
namespace {

// Of a frame whose file tells none.
constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::min();

// Records of the store "length".
constexpr std::int64_t kLength = 0;
constexpr std::int64_t kStartsInOrder = 1;

// Frames that are dropped rather than jumped over: a source that seeks decodes from a key frame on,
// which is often as many frames before the one that is asked for, and opens its file again.
constexpr std::int64_t kMostDropped = 64;

// Whether all frames have a time, each a later one than the frame before.
bool are_in_order(const std::vector<std::optional<std::int64_t>>& times) {
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (!times[i] || (i > 0 && *times[i] <= *times[i - 1])) return false;
  }
  return true;
}

at::Tensor one_number(std::int64_t value) { return at::full({1}, value, at::kLong); }

}  // namespace

ClipFrames::ClipFrames(FrameSource& source, const ClipOptions& options, Spool& spool, bool noted)
    : source_(source),
      start_frame_(options.start_frame),
      frame_count_(options.frame_count),
      times_(spool, "times", {1}, at::kLong),
      length_(spool, "length", {1}, at::kLong),
      position_(-options.start_frame) {
  const std::optional<at::Tensor> length = length_.find(kLength);
  if (!length) return;
  const std::int64_t frames = length->item<std::int64_t>();
  if (!noted && !times_.has_all(0, frames)) return;  // The clip is read again.
  frames_ = frames;
  ended_ = true;
}

void ClipFrames::take_times(const std::vector<std::optional<std::int64_t>>& times) {
  for (const std::optional<std::int64_t>& pts : times) {
    times_.write(frames_++, one_number(pts.value_or(kNoTime)));
  }
  length_.write(kLength, one_number(frames_));
  ended_ = true;
}

void ClipFrames::read_again() {
  frames_ = 0;
  ended_ = false;
}

std::optional<std::int64_t> ClipFrames::expected() const {
  const auto expected =
      expected_frames(source_.info(), {.start_frame = start_frame_, .frame_count = frame_count_});
  if (expected || frame_count_ == 0) return expected;
  return frame_count_;
}

void ClipFrames::fail_without_frames(std::int64_t frames) const {
  throw Error(ErrorKind::kInput, "no frame to process: the clip has " + std::to_string(frames) +
                                     " frames and the first one asked for is " +
                                     std::to_string(start_frame_));
}

void ClipFrames::fail_as_changed(std::int64_t frame) const {
  throw Error(ErrorKind::kInput, "frame " + std::to_string(start_frame_ + frame) + " of " +
                                     source_.info().name +
                                     " is not the one that was there when the clip was read "
                                     "first: use the file, and the program, that began the job");
}

void ClipFrames::fail_as_damaged() const {
  throw MissingRecord("a record that was whole is damaged now; the disk of the spool is not sound");
}

// The next frame of the source.
std::optional<Frame> ClipFrames::take() {
  started_ = true;
  std::optional<Frame> frame = source_.next();
  if (frame) ++position_;
  return frame;
}

void ClipFrames::skip_to_start() {
  while (position_ < 0) {
    const std::optional<Frame> frame = take();
    if (!frame) fail_without_frames(start_frame_ + position_);
    note_start(frame->pts);
  }
}

// Notes the times of the frames before the start, and then that of frame 0.
void ClipFrames::note_start(const std::optional<std::int64_t>& pts) {
  starts_in_order_ = starts_in_order_ && pts && (!skipped_pts_ || *skipped_pts_ < *pts);
  skipped_pts_ = pts;
}

std::vector<Frame> ClipFrames::read(std::int64_t most) {
  std::vector<Frame> frames;
  if (again_) {
    while (position_ < frames_ && std::cmp_less(frames.size(), most)) {
      frames.push_back(take_again());
    }
    return frames;
  }
  if (forbidden_ && !ended_) fail_as_damaged();
  if (!ended_) skip_to_start();
  while (!ended_ && std::cmp_less(frames.size(), most)) {
    std::optional<Frame> frame;
    if (frame_count_ == 0 || frames_ < frame_count_) frame = take();
    if (!frame) {
      ended_ = true;
      if (frames_ == 0) fail_without_frames(start_frame_);
      length_.write(kLength, one_number(frames_));
      break;
    }
    if (frames_ == 0 && start_frame_ > 0) {
      note_start(frame->pts);
      if (starts_in_order_) length_.write(kStartsInOrder, one_number(1));
    }
    times_.write(frames_++, one_number(frame->pts.value_or(kNoTime)));
    frames.push_back(*std::move(frame));
  }
  return frames;
}

void ClipFrames::go_to(std::int64_t frame) {
  if (forbidden_) fail_as_damaged();
  if (!std::exchange(again_, true)) recall_times();
  if (may_seek_ && frame < frames_ && frame - position_ > kMostDropped) {
    started_ = true;
    if (source_.seek(*noted_[static_cast<std::size_t>(frame)])) {
      position_ = frame;
      sought_ = true;
    }
  }
  drop_until(frame);
}

// A time that is there twice, or not, tells of no frame; nor does the first of several clocks.
void ClipFrames::recall_times() {
  noted_ = times();
  may_seek_ = are_in_order(noted_) && (start_frame_ == 0 || length_.find(kStartsInOrder));
}

void ClipFrames::drop_until(std::int64_t frame) {
  if (frame > position_) skip_to_start();
  while (position_ < frame) take_again();
}

// The frame at position_, with the time that was noted for it.
Frame ClipFrames::take_again() {
  const std::int64_t wanted = position_;
  std::optional<Frame> frame = take();
  if (frame && frame->pts == noted_[static_cast<std::size_t>(wanted)]) return *std::move(frame);
  // A file may give other frames from its middle on than from its start, such as one that leaves
  // open how many of its frames are stored before they are shown.
  may_seek_ = false;
  if (!std::exchange(sought_, false) || !source_.rewind()) fail_as_changed(wanted);
  position_ = -start_frame_;
  drop_until(wanted);
  return take_again();
}

std::vector<std::optional<std::int64_t>> ClipFrames::times() const {
  std::vector<std::optional<std::int64_t>> times;
  for (std::int64_t frame = 0; frame < frames_; ++frame) {
    const auto pts = times_.read(frame).item<std::int64_t>();
    times.push_back(pts == kNoTime ? std::nullopt : std::optional(pts));
  }
  return times;
}

std::optional<std::int64_t> expected_frames(const ClipInfo& clip, const ClipOptions& options) {
  if (!clip.frames_estimate) return std::nullopt;
  const std::int64_t left = std::max<std::int64_t>(*clip.frames_estimate - options.start_frame, 0);
  return options.frame_count > 0 ? std::min(left, options.frame_count) : left;
}

bool expects_exactly(const ClipInfo& clip, const ClipOptions& options) {
  if (clip.frames_exact || !clip.frames_estimate) return clip.frames_exact;
  // Estimates by duration and rate are wrong where the rate is, mostly by a factor of two.
  return options.frame_count > 0 &&
         options.start_frame + options.frame_count <= *clip.frames_estimate / 2;
}

}  // namespace rollingdepth
