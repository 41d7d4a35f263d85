#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/crew.hpp"
#include "merge/clip_depth.hpp"
#include "method/clip_frames.hpp"
#include "method/disk_space.hpp"
#include "method/stages.hpp"
#include "rollingdepth/method.hpp"
#include "rollingdepth/run.hpp"
#include "store/spool.hpp"

namespace rollingdepth {

/// Who computes, and with what, for all shots of a clip; everything is borrowed.
struct ShotSetup {
  DepthMethod& method;  ///< Loaded.
  Spool& spool;
  /// Whether an earlier run of the job has left something in the spool.
  bool goes_on = false;
  const std::vector<Worker>& workers;
  Crew& crew;
  SnippetArchive* archive = nullptr;  ///< May be null.
  const ClipRunOptions& options;      ///< Of the clip, or of one of its shots.
  BatchSizes batch;
  Progress& progress;
};

/// A clip in one piece, or one of its shots, from frames to depth: the phases of a method.
class ShotRun {
 public:
  /// @param frames borrowed, as all of `setup`. @param finished stages, as MethodInput.
  ShotRun(ClipFrames& frames, const ShotSetup& setup, std::vector<std::string> finished);

  /// Once. @throws Error, MissingRecord, Cancelled.
  void run();
  [[nodiscard]] const ClipDepth& depth() const { return depth_; }
  /// MethodRun::summary().
  [[nodiscard]] const Settings& summary() const { return summary_; }
  /// MethodRun::cameras(), after run().
  [[nodiscard]] std::vector<FrameCamera> cameras() const { return run_->cameras(); }
  [[nodiscard]] Stages& stages() { return stages_; }

 private:
  void look_for_space();
  [[nodiscard]] DiskNeed need_of(std::int64_t frames) const;
  void require_space(std::int64_t frames) const;
  void expect_frames(std::int64_t frames);
  void work(MethodRun& run, const Phase& phase, Progress& progress);
  void note_counted();

  ClipFrames& frames_;
  const ShotSetup& setup_;
  FrameSize size_;
  std::vector<std::string> finished_;
  Stages stages_;
  ClipDepth depth_;
  bool counted_ = false;            // All frames were there when they were told.
  std::unique_ptr<MethodRun> run_;  // Holds the stores that depth_ reads.
  Settings summary_;
};

/// The batch sizes that were asked for; where they are 0, those that the method chooses now.
BatchSizes batch_of(const ClipRunOptions& options, const DepthMethod& method, FrameSize input);

}  // namespace rollingdepth
