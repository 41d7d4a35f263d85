#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <vector>

namespace rollingdepth {

/// What the spans of one kind of work share.
struct TraceLabel {
  std::string category;
  std::string name;
  std::string unit;  ///< Of TraceEvent::count; empty: nothing is counted.
  friend auto operator<=>(const TraceLabel&, const TraceLabel&) = default;
};

/// One finished span. There are a dozen for every frame of a clip, so it is small.
struct TraceEvent {
  std::int64_t start_ns = 0;
  std::int64_t duration_ns = 0;
  std::int64_t count = 0;
  std::uint32_t label = 0;  ///< In TraceEvents::labels.
  std::uint32_t row = 0;    ///< In TraceEvents::rows.
};

struct MemorySample {
  std::int64_t time_ns = 0;
  std::int64_t resident_bytes = 0;
};

/// What was recorded. Times count from any one moment.
struct TraceEvents {
  std::vector<std::string> rows;  ///< Names of threads; empty for one that has none.
  std::vector<TraceLabel> labels;
  std::deque<TraceEvent> spans;  ///< A deque: growing copies nothing.
  std::deque<MemorySample> memory;
};

/// Writes Chrome's trace event format, complete or not at all. Its times are microseconds from the
/// first moment in `events`, its thread ids the rows, counted from 1.
/// @throws Error(kOutput).
/// Source: "Trace Event Format", the Chromium project.
void write_trace(const std::filesystem::path& file, const TraceEvents& events);

}  // namespace rollingdepth
