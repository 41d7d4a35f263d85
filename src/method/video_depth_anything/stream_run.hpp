#pragma once

#include <cstdint>
#include <vector>

#include "method/video_depth_anything/model.hpp"
#include "method/video_depth_anything/stream_states.hpp"
#include "method/windows/video_run.hpp"

namespace rollingdepth::vda {

/// A clip frame by frame: each frame sees some of those before, none that follows. Memory holds 42
/// states. Records: the maps, and every 50 frames, and when it is stopped, the states.
class StreamRun final : public VideoRun {
 public:
  /// As VideoRun().
  StreamRun(const std::vector<Networks*>& networks, const MethodInput& input, FrameSize size,
            FrameSize output);

  void work_share(UnitRange begun, ClipFrames& frames, Stages& stages) override;
  void fuse(const Phase& done, const ClipFrames& frames, Stages& stages) override;
  [[nodiscard]] Settings summary() const override;

 private:
  void look_for_records(ClipFrames& frames) override;
  void read_until(std::int64_t until, ClipFrames& frames, Progress& progress) override;
  void read_and_run(std::int64_t until, ClipFrames& frames, Progress& progress);
  void run_frame(std::int64_t frame, Networks& networks);

  std::vector<Networks*> networks_;
  FrameNumbers numbers_;
  StreamStates states_;
};

}  // namespace rollingdepth::vda
