#pragma once

#include <string>
#include <vector>

#include "app/console_progress.hpp"
#include "app/run/inputs.hpp"
#include "app/run/options.hpp"
#include "app/run/outputs.hpp"
#include "app/run/run_plan.hpp"
#include "base/trace.hpp"
#include "rollingdepth/error.hpp"
#include "rollingdepth/method.hpp"

namespace rollingdepth {

/// What a job is given, most of it shared with the other jobs of a run; everything is borrowed.
struct RunSetup {
  const RunOptions& options;  ///< Of this input: outputs that cannot be written are left out.
  const ResolvedOptions& resolved;
  DepthMethod& method;  ///< Loaded.
  const PlannedNetworks& networks;
  std::filesystem::path package;  ///< Of the model.
  std::string device;             ///< As `--device` takes it.
  std::string dtype;              ///< fp32, fp16 or bf16.
  Console& console;
  ConsoleProgress& progress;
  TraceRecorder* trace = nullptr;            ///< Unless the run is not profiled.
  const std::vector<std::string>& warnings;  ///< What was said of this input already.
};

/// What became of an input.
enum class ClipOutcome { kDone, kSkipped };

/// Thrown where some outputs of an input have their names and others could not be made.
class OutputsMissing : public Error {
 public:
  explicit OutputsMissing(const std::string& message) : Error(ErrorKind::kOutput, message) {}
};

/// Runs one input, going on where an earlier run of the same job was stopped, and writes its files;
/// they appear under their names only once all are complete. Skipped where that has happened
/// already, by this command or by another process since. An output that cannot be made does not
/// stop the others, unless the disk or the memory is full.
/// @param kept where this throws: the folder in which what was computed waits, if there is any.
/// @throws Error naming the file; Cancelled.
/// @throws OutputsMissing once the others and the report are written; the job stays.
ClipOutcome run_clip_job(const PlannedInput& input, const RunSetup& setup,
                         std::filesystem::path& kept);

/// Of the job of an input. @param networks on which it runs, loaded or not.
JobIdentity identity_of(const PlannedInput& input, const RunOptions& options,
                        const DepthMethod& method, const PlannedNetworks& networks);

/// How an input is called on the terminal: its file name, below the subfolder it came from.
std::string short_name(const PlannedInput& input);

}  // namespace rollingdepth
