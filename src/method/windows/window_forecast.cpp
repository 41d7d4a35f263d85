#include "method/windows/window_forecast.hpp"

#include "base/byte_size.hpp"
#include "merge/merged_maps.hpp"
#include "method/windows/window_run.hpp"
#include "store/record_file.hpp"

namespace rollingdepth {
namespace {

constexpr double kRecordBytes = RecordFile::kHeaderBytes;

}  // namespace

double kept_bytes_per_frame(FrameSize output) {
  return float32_map_bytes(output) + MapRange::kBytes + 4 * kRecordBytes;
}

double float32_map_bytes(FrameSize size) {
  return static_cast<double>(size.width_px) * static_cast<double>(size.height_px) * sizeof(float);
}

Forecast window_forecast(WindowShape shape, std::int64_t frames, FrameSize output) {
  const double map = float32_map_bytes(output);
  const auto all = static_cast<double>(frames);
  const double kept = all * kept_bytes_per_frame(output);
  const auto windows = static_cast<double>(window_count(shape, frames));
  // Of each window but the first a part shows frames again.
  const auto again = static_cast<double>(shape.frames() - shape.step());
  const double outputs = (all + (windows - 1) * again) * (map + kRecordBytes);
  return {.spool_peak_bytes = whole_bytes(kept + outputs),
          .spool_kept_bytes = whole_bytes(kept),
          .fuse_bytes = whole_bytes(2 * static_cast<double>(shape.frames()) * map),
          .depth_bytes = whole_bytes(all * map)};
}

std::vector<UnitRecords> window_records(WindowShape shape, std::int64_t frames, FrameSize output) {
  const UnitRecords none{.phase = "windows",
                         .unit = "maps of windows",
                         .store = WindowRun::kOutputs,
                         .first = 0,
                         .units = 0,
                         .record_bytes = output.width_px * output.height_px *
                                         static_cast<std::int64_t>(sizeof(float))};
  std::vector<UnitRecords> parts;
  // All windows but the last ones are full, without a gap between their records.
  for (std::int64_t window = 0; window < window_count(shape, frames); ++window) {
    const std::int64_t first = window * shape.frames();
    if (parts.empty() || parts.back().first + parts.back().units < first) {
      parts.push_back(none);
      parts.back().first = first;
    }
    parts.back().units += used_outputs(shape, window, frames);
  }
  return parts;
}

std::string window_plan(WindowShape shape, std::int64_t frames) {
  return std::to_string(window_count(shape, frames)) + " of " + std::to_string(shape.frames()) +
         " frames, " + std::to_string(shape.step()) + " apart";
}

}  // namespace rollingdepth
