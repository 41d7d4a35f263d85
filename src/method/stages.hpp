#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rollingdepth/progress.hpp"

namespace rollingdepth {

class Spool;

/// Names of stages and their seconds, in the order in which they ran first.
using StageSeconds = std::vector<std::pair<std::string, double>>;

/// Adds to those of a stage of this name; behind the others where there is none.
void add_seconds(StageSeconds& sums, const std::string& stage, double seconds);

/// The stages of one clip, one after another: shown, traced, timed, and noted where they are
/// finished. Borrows what it is given. Not thread-safe.
class Stages {
 public:
  /// @param on_finished told of every stage that is finished for the whole clip; may be empty.
  Stages(Progress& progress, Spool& spool, std::function<void(const std::string&)> on_finished)
      : progress_(progress), spool_(spool), on_finished_(std::move(on_finished)) {}

  /// How a stage is shown and noted.
  struct Stage {
    std::string name;
    std::int64_t total = 0;  ///< Of `unit`s; 0 where it is not known beforehand.
    std::string unit = {};
    bool whole = true;  ///< Finished for the whole clip, and not for one chunk of it.
    std::optional<std::int64_t> chunk = std::nullopt;  ///< Counted from 0; named where it is set.
  };
  /// Runs `work`, which returns the text that is shown beside its time.
  void run(const Stage& stage, const std::function<std::string(Progress&)>& work);

  /// A warning on one chunk, or on the clip.
  void warn(const std::string& message, std::optional<std::int64_t> chunk = std::nullopt);
  /// Notes what is finished besides the stages.
  void note(const std::string& finished);
  [[nodiscard]] Progress& progress() { return progress_; }
  /// Names and seconds in the order in which they ran first; those of chunks summed up.
  [[nodiscard]] const StageSeconds& seconds() const { return seconds_; }

 private:
  Progress& progress_;
  Spool& spool_;
  std::function<void(const std::string&)> on_finished_;
  StageSeconds seconds_;
};

}  // namespace rollingdepth
