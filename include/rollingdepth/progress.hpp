#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rollingdepth {

/// Where the pipeline tells how far it is. One stage runs at a time. Called from the thread that
/// runs the pipeline; warn() and detail() from any.
class Progress {
 public:
  virtual ~Progress() = default;

  /// A stage begins. `total` counts `unit`s; 0 where it is not known beforehand.
  virtual void begin(std::string_view stage, std::int64_t total, std::string_view unit) = 0;
  /// `done` units of the running stage are finished.
  virtual void advance(std::int64_t done) = 0;
  /// The running stage ends; `result` is shown beside its time, may be empty.
  virtual void end(std::string_view result) = 0;
  /// Something that the user should know but that does not stop the run.
  virtual void warn(const std::string& message) = 0;
  /// Something that people want to see who look closely, such as the loss of a fit.
  virtual void detail(const std::string& /*message*/) {}

  /// Throws Cancelled where the user asked to stop. Called at least once per batch of work.
  virtual void check_cancelled() = 0;
};

/// Reports nothing, never cancels.
class SilentProgress final : public Progress {
 public:
  void begin(std::string_view, std::int64_t, std::string_view) override {}
  void advance(std::int64_t) override {}
  void end(std::string_view) override {}
  void warn(const std::string&) override {}
  void check_cancelled() override {}
};

}  // namespace rollingdepth
