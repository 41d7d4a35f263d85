#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "merge/merged_maps.hpp"
#include "method/windows/frame_features.hpp"
#include "rollingdepth/method.hpp"

namespace rollingdepth {

/// What runs in windows and frame by frame share: one phase, in which the clip is read front to
/// back, and depth of every frame, as it is.
class VideoRun : public MethodRun {
 public:
  std::optional<Phase> next(const ClipFrames& frames) override;
  void work(const Phase& phase, UnitRange units, ClipFrames& frames, Progress& progress) override;

 protected:
  /// @param stage of the phase. @param output of the maps.
  VideoRun(const char* stage, CrewNetworks networks, const MethodInput& input, FrameSize size,
           FrameSize output);

  /// Whether an earlier run of the job has noted the phase.
  [[nodiscard]] bool is_finished() const { return input_.is_finished(stage_); }
  /// Looks at what an earlier run has left, once, before anything is read.
  virtual void look_for_records(ClipFrames& frames) = 0;
  /// Reads up to frame `until`, or to the end, and does what can be done of it.
  virtual void read_until(std::int64_t until, ClipFrames& frames, Progress& progress) = 0;
  /// In fuse(), once merged_ holds all frames.
  void give_depth(std::int64_t frames, Progress& progress);

  CrewNetworks crew_networks_;
  MethodInput input_;
  FrameSize output_;
  FrameFeatures features_;
  RangedMaps merged_;

 private:
  const char* stage_;
  bool looked_ = false;
  bool given_ = false;
};

}  // namespace rollingdepth
