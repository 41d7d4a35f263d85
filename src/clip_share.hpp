#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "rollingdepth/clip.hpp"
#include "rollingdepth/method.hpp"
#include "rollingdepth/progress.hpp"
#include "rollingdepth/spool_place.hpp"
#include "rollingdepth/worker.hpp"

namespace rollingdepth {

/// Reads a clip to its end, so that the spool of a job knows how many frames are used and their
/// times. Does nothing where it knows, and nobody looks.
/// @param look gets every frame that is used; may be empty.
/// @param seconds gets how long it took, as the stage is timed; may be null.
/// @return the number of frames, >= 1. @throws Error(kInput), Cancelled.
std::int64_t count_frames(FrameSource& source, const ClipOptions& options, const SpoolPlace& spool,
                          Progress& progress, const std::function<void(const Frame&)>& look = {},
                          double* seconds = nullptr);

/// A share of the units of a clip.
struct ClipShare {
  SpoolPlace spool;  ///< Of a job, in which count_frames() was.
  BatchSizes batch;
  std::vector<Worker> workers = {};  ///< One at least, on devices that the method was loaded onto.
  UnitRange begun = {};              ///< Units that begin with one of these frames.
  std::vector<std::int64_t> cuts = {};  ///< As ClipRunOptions.
  bool checks = false;  ///< Reads what is there already: what is damaged is done again.
};

/// Frames [first, last) with which the units of a share begin: equal numbers, but for one frame.
/// @param index 0 to count - 1.
UnitRange share_of(std::int64_t frames, std::int64_t index, std::int64_t count);

/// Does what of a share is not in the spool; see MethodRun::work_share().
/// @param method loaded. @throws Error(kOutput) where the times of the frames are missing; as
/// run_clip(), Cancelled once the units in hand are done.
void work_on_share(FrameSource& source, DepthMethod& method, const ClipShare& share,
                   Progress& progress);

}  // namespace rollingdepth
