#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "jobs/shard_notes.hpp"
#include "rollingdepth/progress.hpp"

namespace rollingdepth {

/// Tells of the stages of a share, and now and then of this process in the job's folder. As
/// thread-safe as what it tells.
class NotedProgress final : public Progress {
 public:
  /// @param progress borrowed. @param unit DepthMethod::unit(): stages that count it are summed up.
  /// @param shows_stages else they are only counted.
  /// @param on_note called as often as a note is written; may be empty.
  NotedProgress(Progress& progress, std::filesystem::path job, ShardNote note, std::string unit,
                bool shows_stages, std::function<void()> on_note);

  void begin(std::string_view stage, std::int64_t total, std::string_view unit) override;
  void advance(std::int64_t done) override;
  void end(std::string_view result) override;
  void warn(const std::string& message) override { progress_.warn(message); }
  void detail(const std::string& message) override { progress_.detail(message); }
  void check_cancelled() override { progress_.check_cancelled(); }

  /// The last note. @param state as of ShardNote.
  void close(std::string state);
  /// What was computed: "40 snippets".
  [[nodiscard]] std::string done_text() const;

 private:
  void write();

  Progress& progress_;
  std::filesystem::path job_;
  ShardNote note_;
  std::string unit_;
  bool shows_stages_;
  std::function<void()> on_note_;
  bool counts_ = false;      // Units of the present stage.
  std::int64_t before_ = 0;  // Units of stages before it.
  std::chrono::steady_clock::time_point began_;
  std::chrono::steady_clock::time_point written_;
};

}  // namespace rollingdepth
