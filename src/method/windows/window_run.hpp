#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "method/windows/video_run.hpp"
#include "method/windows/windows.hpp"
#include "store/tensor_store.hpp"

namespace rollingdepth {

/// How a method takes a clip in windows.
struct WindowSettings {
  WindowShape shape;
  bool metric = false;  ///< Depth in metres: windows are not fitted to each other.
  bool poses = false;   ///< The networks tell poses: cameras() of all frames.
  Settings mode = {};   ///< What the result in the report begins with.
};

/// A clip in windows: what a frame is by itself is computed once for all windows that see it, and
/// windows are stitched once all are there. Memory holds a window, and of each further worker a
/// batch of frames, and what it computes. Records: the outputs of windows, their poses, and the
/// stitched maps.
class WindowRun final : public VideoRun {
 public:
  /// The store of what windows give.
  static constexpr const char* kOutputs = "window-outputs";

  /// As VideoRun().
  WindowRun(WindowSettings settings, CrewNetworks networks, const MethodInput& input,
            FrameSize size, FrameSize output);

  void work_share(UnitRange begun, ClipFrames& frames, Stages& stages) override;
  void fuse(const Phase& done, const ClipFrames& frames, Stages& stages) override;
  [[nodiscard]] Settings summary() const override;
  [[nodiscard]] std::vector<FrameCamera> cameras() const override;

 private:
  void look_for_records(ClipFrames& frames) override;
  void read_until(std::int64_t until, ClipFrames& frames, Progress& progress) override;
  [[nodiscard]] bool has_window(std::int64_t window, std::int64_t frames) const;
  /// A window between what its networks make of all of it and the depth of its frames.
  struct Joined;

  // Those that can be computed of so many frames. @param ended whether no more will come.
  void run_windows(std::int64_t frames, bool ended, CrewTasks& tasks);
  // Of the windows [window_, last).
  void run_share(std::int64_t last, std::int64_t frames, ClipFrames& source, CrewTasks& tasks);
  void join(std::int64_t window, std::int64_t frames, CrewTasks& tasks);
  // Those that have come so far. @param all waits for them.
  void decode(CrewTasks& tasks, bool all);
  void decode_frames(const Joined& window, std::int64_t first, std::int64_t last,
                     WindowNetworks& networks);
  void stitch(std::int64_t frames, Progress& progress);

  WindowSettings settings_;
  std::optional<TensorStore> outputs_;  // [H, W]; of window k from its frames times k on.
  std::optional<TensorStore> poses_;    // [T, 9]; one a window, where networks tell them.
  std::int64_t window_ = 0;             // The next one.
  std::deque<std::shared_ptr<Joined>> joined_;
  std::int64_t frames_ = 0;  // Of the clip, once it is read.
};

}  // namespace rollingdepth
