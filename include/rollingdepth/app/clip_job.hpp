#pragma once

#include <string>

#include "rollingdepth/app/console_progress.hpp"
#include "rollingdepth/app/inputs.hpp"
#include "rollingdepth/app/options.hpp"
#include "rollingdepth/app/outputs.hpp"
#include "rollingdepth/base/trace.hpp"
#include "rollingdepth/infer/model.hpp"

namespace rollingdepth {

/// What all jobs of a run share; everything is borrowed.
struct RunSetup {
  const RunOptions& options;
  const ResolvedOptions& resolved;
  DepthModel& model;
  std::string device;  ///< As `--device` takes it.
  std::string dtype;   ///< fp32, fp16 or bf16.
  int threads = 0;
  Console& console;
  ConsoleProgress& progress;
  TraceRecorder* trace = nullptr;  ///< Unless the run is not profiled.
};

/// What became of an input.
enum class ClipOutcome { kDone, kSkipped };

/// Runs one input, going on where an earlier run of the same job was stopped, and writes its files;
/// they appear under their names only once all are complete. Skipped where that has happened
/// already, by this command or by another process since.
/// @param kept where this throws: the folder in which what was computed waits, if there is any.
/// @throws Error naming the file; Cancelled.
ClipOutcome run_clip_job(const PlannedInput& input, const RunSetup& setup,
                         std::filesystem::path& kept);

/// How an input is called on the terminal: its file name, below the subfolder it came from.
std::string short_name(const PlannedInput& input);

}  // namespace rollingdepth
