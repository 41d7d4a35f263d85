#include "method/video_depth_anything/stream_states.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <utility>

#include "method/video_depth_anything/model.hpp"

namespace rollingdepth::vda {
namespace {

constexpr std::int64_t kNoMark = -1;

std::vector<std::int64_t> distinct(std::vector<std::int64_t> frames) {
  frames.erase(std::unique(frames.begin(), frames.end()), frames.end());
  return frames;
}

}  // namespace

std::vector<std::int64_t> living_frames(std::int64_t next) {
  std::vector<std::int64_t> frames = {0};
  // Behind frame 0, which never goes: its 31 copies, then frames 1, 2 ...; of these all but the
  // last ones are gone.
  const std::int64_t behind = kWindowFrames - 1 + next - 1;
  const std::int64_t first = std::max<std::int64_t>(0, behind - (kMostStates - 1));
  for (std::int64_t i = first; i < behind; ++i) {
    frames.push_back(std::max<std::int64_t>(0, i - (kWindowFrames - 1) + 1));
  }
  return frames;
}

std::vector<std::int64_t> context_frames(std::int64_t next) {
  const std::vector<std::int64_t> living = living_frames(next);
  std::vector<std::int64_t> frames = {living[0], living[1]};
  frames.insert(frames.end(), living.end() - kLatestStates, living.end());
  return frames;
}

StreamStates::StreamStates(Spool& spool, std::int64_t numbers, at::ScalarType dtype)
    : states_(spool, "stream-states", {numbers}, dtype),
      marks_(spool, "stream-marks", {1}, at::kLong) {}

const at::Tensor& StreamStates::state_of(std::int64_t frame) const {
  const auto found = std::lower_bound(
      remembered_.begin(), remembered_.end(), frame,
      [](const Remembered& known, std::int64_t wanted) { return known.frame < wanted; });
  return found->state;
}

at::Tensor StreamStates::context() const {
  std::vector<at::Tensor> states;
  for (const std::int64_t frame : context_frames(next_)) states.push_back(state_of(frame));
  return at::stack(states);
}

void StreamStates::push(at::Tensor state) {
  remembered_.push_back({next_++, std::move(state)});
  const std::vector<std::int64_t> living = distinct(living_frames(next_));
  std::erase_if(remembered_, [&](const Remembered& known) {
    return !std::binary_search(living.begin(), living.end(), known.frame);
  });
}

std::int64_t StreamStates::mark(std::int64_t set) const {
  const std::optional<at::Tensor> mark = marks_.find(set);
  return mark ? mark->item<std::int64_t>() : kNoMark;
}

void StreamStates::save() {
  if (next_ == saved_) return;
  // It does not count while it is written over.
  marks_.write(set_, at::full({1}, kNoMark, at::kLong));
  std::int64_t record = set_ * kRecordsOfSet;
  for (const Remembered& known : remembered_) states_.write(record++, known.state);
  marks_.write(set_, at::full({1}, next_, at::kLong));
  saved_ = next_;
  set_ = (set_ + 1) % kSets;
}

void StreamStates::restore(std::int64_t most, c10::Device device) {
  std::vector<std::int64_t> sets = {0, 1};
  if (mark(1) > mark(0)) std::swap(sets[0], sets[1]);
  for (const std::int64_t set : sets) {
    if (mark(set) < 1 || mark(set) > most || !read(set, device)) continue;
    set_ = (set + 1) % kSets;
    return;
  }
}

bool StreamStates::read(std::int64_t set, c10::Device device) {
  std::deque<Remembered> remembered;
  std::int64_t record = set * kRecordsOfSet;
  for (const std::int64_t frame : distinct(living_frames(mark(set)))) {
    std::optional<at::Tensor> state = states_.find(record++);
    if (!state) return false;
    remembered.push_back({frame, state->to(device)});
  }
  remembered_ = std::move(remembered);
  next_ = saved_ = mark(set);
  return true;
}

}  // namespace rollingdepth::vda
