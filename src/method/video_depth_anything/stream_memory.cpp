#include "method/video_depth_anything/stream_memory.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <utility>

#include "method/video_depth_anything/model.hpp"

namespace rollingdepth::vda {

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

std::vector<std::int64_t> remembered_frames(std::int64_t next) {
  std::vector<std::int64_t> frames = living_frames(next);
  frames.erase(std::unique(frames.begin(), frames.end()), frames.end());
  return frames;
}

std::vector<std::int64_t> context_frames(std::int64_t next) {
  const std::vector<std::int64_t> living = living_frames(next);
  std::vector<std::int64_t> frames = {living[0], living[1]};
  frames.insert(frames.end(), living.end() - kLatestStates, living.end());
  return frames;
}

StreamMemory::StreamMemory(std::int64_t next, std::deque<Remembered> remembered)
    : next_(next), remembered_(std::move(remembered)) {}

const at::Tensor& StreamMemory::state_of(std::int64_t frame) const {
  const auto found = std::lower_bound(
      remembered_.begin(), remembered_.end(), frame,
      [](const Remembered& known, std::int64_t wanted) { return known.frame < wanted; });
  return found->state;
}

at::Tensor StreamMemory::context() const {
  std::vector<at::Tensor> states;
  for (const std::int64_t frame : context_frames(next_)) states.push_back(state_of(frame));
  return at::stack(states);
}

void StreamMemory::push(at::Tensor state) {
  remembered_.push_back({next_++, std::move(state)});
  const std::vector<std::int64_t> living = remembered_frames(next_);
  std::erase_if(remembered_, [&](const Remembered& known) {
    return !std::binary_search(living.begin(), living.end(), known.frame);
  });
}

}  // namespace rollingdepth::vda
