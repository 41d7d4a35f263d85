#pragma once

#include <sys/types.h>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "base/joining_thread.hpp"
#include "live/call_limit.hpp"
#include "live/live_stats.hpp"
#include "live/open_descriptor.hpp"
#include "live/pipe_writer.hpp"
#include "live/stop_flag.hpp"

namespace rollingdepth {

/// Makes sure, without writing, that a file of this name can be one of statistics.
/// @throws Error(kUsage) where it holds something else; Error(kOutput).
void require_stats_file(const std::string& file);

/// Lines of statistics, each there at once for who reads along. A thread of its own writes them:
/// who reads slowly, or not at all, delays nobody. Thread-safe.
class StatsFile {
 public:
  /// What waits for a slow reader; of more the oldest are dropped.
  static constexpr std::size_t kMostLines = 10'000;

  /// Makes the file, or begins an older one of statistics anew. A named pipe needs no reader.
  /// @param name "-" is standard output. @param stop borrowed: half a second after it is raised a
  ///        reader that takes nothing is given up. @param on_failure called by the thread, once no
  ///        line can be written any more; finish() throws the same.
  /// @throws Error(kOutput). REQUIRES: require_stats_file(name), or "-".
  StatsFile(const std::string& name, const live::StopFlag& stop,
            std::function<void(const Error& why)> on_failure);
  /// Writes what waits, as far as the reader takes it within half a second.
  ~StatsFile();
  StatsFile(const StatsFile&) = delete;
  StatsFile& operator=(const StatsFile&) = delete;

  void write(const live::Json& record);
  /// Writes what waits. @param patient for as long as the reader likes, until the flag is raised;
  /// else half a second. @return how many lines were dropped.
  /// @throws ReaderGone; Error(kOutput) "cannot write FILE: why". What is there are whole lines.
  std::int64_t finish(bool patient);

 private:
  void run();
  void write_lines();
  std::optional<std::string> next();
  void cut_to_whole_lines() const;
  void end(bool patient);

  const std::function<void(const Error& why)> on_failure_;
  const live::OpenDescriptor file_;  // Unless it is standard output.
  live::CallLimit limit_;
  live::PipeWriter writer_;
  off_t whole_bytes_ = 0;  // Of lines that are written.

  std::mutex mutex_;  // Of what follows.
  std::condition_variable changed_;
  std::deque<std::string> lines_;
  bool ends_ = false;
  bool over_ = false;  // The thread writes no more.
  std::int64_t dropped_ = 0;
  std::exception_ptr failure_;

  JoiningThread thread_;  // Last: starts once all the rest is there.
};

}  // namespace rollingdepth
