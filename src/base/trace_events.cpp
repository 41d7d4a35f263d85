#include "base/trace_events.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/partial_file.hpp"

namespace rollingdepth {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kBufferBytes = 1 << 16;
constexpr int kProcess = 1;

// A thread's name need not be UTF-8, where it is that of a file; JSON must be.
std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The trace of a long clip is larger than the clip: it goes to the disk event by event.
class TraceFile {
 public:
  explicit TraceFile(const std::filesystem::path& file)
      : partial_(file), file_(FileDescriptor::open_to_write(partial_.path())) {
    buffer_ = "{\"traceEvents\":[";
  }

  void add(const Json& event) {
    buffer_ += std::exchange(first_, false) ? "\n" : ",\n";
    buffer_ += text_of(event);
    if (buffer_.size() >= kBufferBytes) flush();
  }

  void finish() {
    buffer_ += "\n],\"displayTimeUnit\":\"ms\",\"otherData\":";
    buffer_ += text_of({{"program", "rollingdepth " ROLLINGDEPTH_VERSION}});
    buffer_ += "}\n";
    flush();
    file_.close();
    partial_.finish();
  }

 private:
  void flush() {
    file_.write(buffer_.data(), buffer_.size());
    buffer_.clear();
  }

  PartialFile partial_;
  FileDescriptor file_;
  std::string buffer_;
  bool first_ = true;
};

std::int64_t first_moment(const TraceEvents& events) {
  std::int64_t first = std::numeric_limits<std::int64_t>::max();
  for (const TraceEvent& span : events.spans) first = std::min(first, span.start_ns);
  for (const MemorySample& sample : events.memory) first = std::min(first, sample.time_ns);
  return first;
}

double microseconds(std::int64_t nanoseconds) { return static_cast<double>(nanoseconds) / 1000; }

}  // namespace

void write_trace(const std::filesystem::path& file, const TraceEvents& events) {
  const std::int64_t origin = first_moment(events);
  TraceFile trace(file);
  std::vector<bool> used(events.rows.size());
  for (const TraceEvent& span : events.spans) used[span.row] = true;
  for (std::size_t row = 0; row < events.rows.size(); ++row) {
    if (!used[row]) continue;
    const std::string& name = events.rows[row];
    trace.add({{"ph", "M"},
               {"pid", kProcess},
               {"tid", row + 1},
               {"name", "thread_name"},
               {"args", {{"name", name.empty() ? "thread " + std::to_string(row + 1) : name}}}});
  }
  for (const TraceEvent& span : events.spans) {
    const TraceLabel& label = events.labels[span.label];
    Json arguments = Json::object();
    if (!label.unit.empty()) arguments[label.unit] = span.count;
    trace.add({{"ph", "X"},
               {"pid", kProcess},
               {"tid", span.row + 1},
               {"cat", label.category},
               {"name", label.name},
               {"ts", microseconds(span.start_ns - origin)},
               {"dur", microseconds(span.duration_ns)},
               {"args", std::move(arguments)}});
  }
  for (const MemorySample& sample : events.memory) {
    trace.add({{"ph", "C"},
               {"pid", kProcess},
               {"tid", 0},
               {"name", "memory"},
               {"ts", microseconds(sample.time_ns - origin)},
               {"args", {{"resident_bytes", sample.resident_bytes}}}});
  }
  trace.finish();
}

}  // namespace rollingdepth
