#include "method/video_depth_anything/stream_states.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/full.h>

#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace rollingdepth::vda {
namespace {

constexpr std::int64_t kNoMark = -1;

}  // namespace

StreamStates::StreamStates(Spool& spool, std::int64_t numbers, at::ScalarType dtype)
    : states_(spool, "stream-states", {numbers}, dtype),
      marks_(spool, "stream-marks", {1}, at::kLong) {}

std::int64_t StreamStates::mark(std::int64_t set) const {
  const std::optional<at::Tensor> mark = marks_.find(set);
  return mark ? mark->item<std::int64_t>() : kNoMark;
}

void StreamStates::save() {
  if (next() == saved_) return;
  // It does not count while it is written over.
  marks_.write(set_, at::full({1}, kNoMark, at::kLong));
  std::int64_t record = set_ * kRecordsOfSet;
  for (const StreamMemory::Remembered& known : memory_.remembered()) {
    states_.write(record++, known.state);
  }
  marks_.write(set_, at::full({1}, next(), at::kLong));
  saved_ = next();
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
  std::deque<StreamMemory::Remembered> remembered;
  std::int64_t record = set * kRecordsOfSet;
  const std::int64_t next = mark(set);
  for (const std::int64_t frame : remembered_frames(next)) {
    std::optional<at::Tensor> state = states_.find(record++);
    if (!state) return false;
    remembered.push_back({frame, state->to(device)});
  }
  memory_ = StreamMemory(next, std::move(remembered));
  saved_ = next;
  return true;
}

}  // namespace rollingdepth::vda
