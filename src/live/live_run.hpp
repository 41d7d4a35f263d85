#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "live/frame_computer.hpp"
#include "live/live_source.hpp"
#include "live/live_stats.hpp"
#include "live/live_target.hpp"
#include "live/stop_flag.hpp"
#include "live/view_painter.hpp"
#include "method/causal_depth.hpp"

namespace rollingdepth::live {

/// How a live run goes.
struct LiveRunOptions {
  ComputerOptions computer = {};
  std::int64_t most_frames = 0;  ///< Computed; 0: all.
  int threads = 1;               ///< Of an operation, >= 1.
};

/// What a run tells while it goes, by any of its threads, one at a time.
struct LiveRunListener {
  std::function<void(const std::string& remark)> on_remark = {};  ///< For the user; may be empty.
  std::function<void(const Json& record)> on_record = {};  ///< A line of statistics; may be empty.
};

/// One live run: a thread captures, one computes, each target sends on its own. All that it is
/// given is borrowed and outlives it.
class LiveRun {
 public:
  LiveRun(LiveSource& source, CausalDepth& depth, const LiveRunOptions& options,
          const ViewPainter& painter, StopFlag& stop, LiveRunListener listener);
  /// Waits for the threads.
  ~LiveRun();
  LiveRun(const LiveRun&) = delete;
  LiveRun& operator=(const LiveRun&) = delete;

  /// Size and rate of the pictures, for those who open targets.
  [[nodiscard]] PictureShape shape() const;
  /// What targets tell, to be handed to open_live_target().
  PictureSent on_sent();
  TargetRemark on_target_remark();
  /// Goes on until the source ends, the flag is raised, or something fails that must not be lost;
  /// raises the flag then. Finishes the targets, also where it throws. To be called once.
  /// @param targets may be empty. @param every so often a record of statistics comes.
  /// @throws Error.
  void run(const std::vector<LiveTarget*>& targets, std::chrono::milliseconds every);
  /// After run(): whether the networks are still busy with a frame that nobody waits for.
  [[nodiscard]] bool is_busy() const;
  /// "1,250 frames in, 1,248 shown, 2 dropped, 24.9 a second; latency ...": for people.
  [[nodiscard]] std::string summary() const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace rollingdepth::live
