#pragma once

#include "app/console_progress.hpp"
#include "app/run/inputs.hpp"
#include "app/run/options.hpp"
#include "jobs/job_folder.hpp"
#include "shots/cuts.hpp"

namespace rollingdepth {

struct FoundShots {
  Cuts cuts;           ///< As ClipRunOptions.
  double seconds = 0;  ///< That it took to read the clip; 0: it was not read.
};

/// Where the shots of a clip begin, as its job knows, as the scene file says, or
/// found now, for which the clip is read once. Notes it in the job, and what is to be said of a
/// clip that was read.
/// @param clip_options which frames are used.
/// @throws Error(kInput) where the file names frames that the clip does not have; Cancelled.
FoundShots find_shots(const PlannedInput& input, const SceneChoice& scenes,
                      const ClipOptions& clip_options, JobFolder& job, Progress& progress);

}  // namespace rollingdepth
