#pragma once

#include <cstdint>
#include <optional>

#include "merge/merged_maps.hpp"
#include "method/video_depth_anything/frame_features.hpp"
#include "method/video_depth_anything/options.hpp"
#include "method/video_depth_anything/stream_states.hpp"
#include "rollingdepth/method.hpp"

namespace rollingdepth::vda {

/// A clip frame by frame: each frame sees some of those before, none that follows. Memory holds 42
/// states. Records: the maps, and every 50 frames, and when it is stopped, the states.
class StreamRun final : public MethodRun {
 public:
  /// @param networks borrowed. @param output of the maps.
  StreamRun(Networks& networks, const MethodInput& input, FrameSize size, FrameSize output);

  std::optional<Phase> next(const ClipFrames& frames) override;
  void work(const Phase& phase, UnitRange units, ClipFrames& frames, Progress& progress) override;
  void fuse(const Phase& done, const ClipFrames& frames, Stages& stages) override;
  [[nodiscard]] Settings summary() const override;

 private:
  void look_for_maps(ClipFrames& frames);
  void read_and_run(std::int64_t until, ClipFrames& frames, Progress& progress);
  void run_frame(std::int64_t frame);

  Networks& networks_;
  MethodInput input_;
  FrameSize output_;
  FrameFeatures features_;
  StreamStates states_;
  RangedMaps merged_;
  bool looked_ = false;
  bool predicted_ = false;
};

}  // namespace rollingdepth::vda
