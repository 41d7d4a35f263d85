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

at::Tensor one_number(std::int64_t value) { return at::full({1}, value, at::kLong); }

}  // namespace

ClipFrames::ClipFrames(FrameSource& source, const ClipOptions& options, Spool& spool, bool noted)
    : source_(source),
      start_frame_(options.start_frame),
      frame_count_(options.frame_count),
      times_(spool, "times", {1}, at::kLong),
      length_(spool, "length", {1}, at::kLong) {
  const std::optional<at::Tensor> length = length_.find(0);
  if (!length) return;
  const std::int64_t frames = length->item<std::int64_t>();
  if (!noted && !times_.has_all(0, frames)) return;  // The clip is read again.
  frames_ = frames;
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

void ClipFrames::skip_to_start() {
  std::int64_t index = 0;
  while (index < start_frame_ && source_.next()) ++index;
  if (index < start_frame_) fail_without_frames(index);
}

std::vector<Frame> ClipFrames::read(std::int64_t most) {
  if (forbidden_ && !ended_) {
    throw MissingRecord(
        "a record that was whole is damaged now; the disk of the spool is not sound");
  }
  if (!ended_ && !std::exchange(started_, true)) skip_to_start();
  std::vector<Frame> frames;
  while (!ended_ && std::cmp_less(frames.size(), most)) {
    std::optional<Frame> frame;
    if (frame_count_ == 0 || frames_ < frame_count_) frame = source_.next();
    if (!frame) {
      ended_ = true;
      if (frames_ == 0) fail_without_frames(start_frame_);
      length_.write(0, one_number(frames_));
      break;
    }
    times_.write(frames_++, one_number(frame->pts.value_or(kNoTime)));
    frames.push_back(*std::move(frame));
  }
  return frames;
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
