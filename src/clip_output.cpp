#include "clip_output.hpp"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <memory>

#include "base/background_worker.hpp"
#include "base/operation_threads.hpp"
#include "base/resample.hpp"
#include "base/trace.hpp"

namespace rollingdepth {
namespace {

// Frames that wait for each file that is written.
constexpr std::size_t kFramesWaiting = 4;

}  // namespace

at::Tensor ClipOutput::map(std::int64_t frame) const {
  const TraceSpan span("batch", "depth map");
  return resample(depth_.read(frame).unsqueeze(0).unsqueeze(0), layout_.size, layout_.resample)
      .squeeze(0)
      .squeeze(0)
      .contiguous();
}

// Of what is written, exactly, where a sink depends on it: maps of another size need a look at all
// of them. Otherwise of the maps that it is made from.
MapRange ClipOutput::range(const std::vector<DepthSink*>& sinks, Progress& progress) const {
  MapRange range = depth_.range();
  const bool exact = layout_.size == depth_.size() && range.empty_pixels == 0;
  const bool needed = std::any_of(sinks.begin(), sinks.end(),
                                  [](const DepthSink* sink) { return sink->needs_range(); });
  if (exact || !needed) {
    depth_.require_whole(progress);  // Before an output begins.
    return range;
  }
  range = {};
  for (std::int64_t frame = 0; frame < depth_.frames(); ++frame) {
    progress.check_cancelled();
    range.include(range_of(map(frame)));
  }
  return range;
}

void ClipOutput::write(const std::vector<DepthSink*>& sinks, const FrameTimes& times,
                       Progress& progress, const std::function<void()>& begins) const {
  const MapRange values = range(sinks, progress);
  const DepthClipInfo info{.frames = depth_.frames(),
                           .height_px = layout_.size.height_px,
                           .width_px = layout_.size.width_px,
                           .min = values.min,
                           .max = values.max,
                           .frame_rate = times.frame_rate,
                           .time_base = times.time_base,
                           .frame_numbers = layout_.frame_numbers,
                           .values = layout_.values,
                           .clock = times.clock,
                           .shots = layout_.shots};
  const OperationThreads serial(1);
  begins();
  // A thread for each file: the slowest of them, not their sum, is what the clip waits for.
  std::vector<std::unique_ptr<BackgroundWorker>> workers;
  for (DepthSink* sink : sinks) {
    sink->begin(info);
    workers.push_back(std::make_unique<BackgroundWorker>(kFramesWaiting, sink->name()));
  }
  for (std::int64_t frame = 0; frame < info.frames; ++frame) {
    progress.check_cancelled();
    const at::Tensor depth = map(frame);
    const std::int64_t pts = times.ticks[static_cast<std::size_t>(frame)];
    for (std::size_t i = 0; i < sinks.size(); ++i) {
      workers[i]->submit([sink = sinks[i], depth, pts] {
        const TraceSpan span("write", sink->name());
        sink->write(depth, pts);
      });
    }
    progress.advance(frame + 1);
  }
  for (const auto& worker : workers) worker->wait();
}

}  // namespace rollingdepth
