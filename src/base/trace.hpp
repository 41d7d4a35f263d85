#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace rollingdepth {

/// Records what every thread does and how much memory the process holds, for `--profile`. While one
/// is alive, TraceSpan objects of all threads report to it, and a thread of its own samples the
/// resident memory twenty times a second. At most one lives at a time.
class TraceRecorder {
 public:
  TraceRecorder();
  ~TraceRecorder();
  TraceRecorder(const TraceRecorder&) = delete;
  TraceRecorder& operator=(const TraceRecorder&) = delete;

  /// Writes what was recorded since the last call in Chrome's trace event format (for
  /// chrome://tracing, Perfetto and scripts/report.py), complete or not at all, and forgets it.
  /// @throws Error(kOutput).
  void write(const std::filesystem::path& file);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The time from construction to destruction of one piece of work, on the thread that does it.
/// Costs next to nothing while no TraceRecorder lives. Spans of a thread nest.
class TraceSpan {
 public:
  /// @param category "stage", "batch", "read" or "write". @param name "decode", "clip_pred.npy".
  TraceSpan(const char* category, std::string_view name);
  /// The same with a count, such as the frames of a batch, shown as `unit`.
  TraceSpan(const char* category, std::string_view name, const char* unit, std::int64_t count);
  ~TraceSpan();
  TraceSpan(const TraceSpan&) = delete;
  TraceSpan& operator=(const TraceSpan&) = delete;

 private:
  const char* category_;  // nullptr: nobody records.
  std::string name_;
  const char* unit_ = nullptr;
  std::int64_t count_ = 0;
  std::chrono::steady_clock::time_point start_;
};

/// What a trace calls the calling thread, from now on.
void name_trace_thread(std::string_view name);

}  // namespace rollingdepth
