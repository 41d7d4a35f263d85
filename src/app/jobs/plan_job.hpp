#pragma once

#include <filesystem>

#include "app/console_progress.hpp"
#include "app/run/inputs.hpp"
#include "app/run/model_facts.hpp"
#include "jobs/job_folder.hpp"
#include "jobs/job_plan.hpp"
#include "shots/cuts.hpp"

namespace rollingdepth {

/// `rollingdepth plan` of one input: reads the clip once, and leaves a job in which others can
/// work.
/// @return its folder. @throws Error naming the file; Cancelled.
std::filesystem::path plan_clip_job(const PlannedInput& input, const RunOptions& options,
                                    const ModelFacts& model, Console& console,
                                    ConsoleProgress& progress);

/// What the plan of a clip consists of.
struct PlannedWork {
  const PlannedInput& input;
  const RunOptions& options;
  const DepthMethod& method;
  const PlannedNetworks& networks;
  std::filesystem::path package;  ///< Of the model.
  FrameSize size;                 ///< Of the clip's frames.
  std::int64_t frames = 0;
  Cuts cuts;  ///< As ClipRunOptions.
  BatchSizes batch;
  int threads = 1;  ///< Of an operation.
};

/// Lets others work on a job. @throws Error(kOutput).
JobPlan make_plan(const JobFolder& job, const PlannedWork& work);

}  // namespace rollingdepth
