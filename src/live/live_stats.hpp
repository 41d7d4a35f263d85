#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "live/live_frame.hpp"
#include "live/live_target.hpp"
#include "live/time_histogram.hpp"

namespace rollingdepth::live {

using Json = nlohmann::ordered_json;

/// The parts of a frame's way, and the whole of it.
enum class Stage {
  kWait,   ///< From the source until the networks take it.
  kDepth,  ///< In the networks.
  kPaint,  ///< Display range, colours.
  kSend,   ///< From there until a target has sent it.
  kTotal,  ///< From the source until a target has sent it.
};
inline constexpr std::size_t kStages = 5;
/// "wait", "depth", "paint", "send", "total".
const char* name_of(Stage stage);

/// What a frame's depth was, for those who see pictures of 0 to 1.
struct ShownDepth {
  double min = 0;    ///< Of the map.
  double max = 0;    ///< Of the map.
  double far = 0;    ///< The value that is shown as 0.
  double near = 0;   ///< The value that is shown as 1.
  bool cut = false;  ///< A shot begins with this frame.
};

/// Times and counts of a run, of the last interval and of all of it; memory does not grow.
/// Thread-safe.
class LiveStats {
 public:
  explicit LiveStats(Clock::time_point started) : started_(started), interval_began_(started) {}

  void add(Stage stage, double seconds);
  /// A frame is on its way to the targets.
  void count_shown();

  [[nodiscard]] double seconds_since_start() const;
  /// Of the whole run. @param share in [0, 1].
  [[nodiscard]] double quantile(Stage stage, double share) const;
  /// What happened since the last call, and begins the next interval.
  /// {"fps", "latency_ms": {"total": {"p50", "p95", "p99"}, "wait": ...}}.
  Json take_interval();
  /// The same of the whole run.
  [[nodiscard]] Json all() const;
  [[nodiscard]] std::int64_t shown() const;

 private:
  struct Times {
    std::array<TimeHistogram, kStages> of_stage;
    std::int64_t shown = 0;
  };
  static Json report(const Times& times, double seconds);

  const Clock::time_point started_;
  mutable std::mutex mutex_;
  Clock::time_point interval_began_;
  Times interval_;
  Times all_;
};

/// {"event":"frame","frame":12,"time":0.48,"min":...,"max":...,"far":...,"near":...,"cut":false}.
Json frame_record(const LiveFrame& frame, const ShownDepth& depth);
/// {"name", "sent", "dropped", "waiting", "receivers"} of each target.
Json target_records(const std::vector<TargetCounts>& targets);

}  // namespace rollingdepth::live
