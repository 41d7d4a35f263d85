#pragma once

#include <string>
#include <vector>

#include "app/run/outputs.hpp"
#include "jobs/job_identity.hpp"

namespace rollingdepth {

/// What the options of a run leave to the machine.
struct LeftOpen {
  bool device = false;
  bool dtype = false;
};
LeftOpen left_open(const RunOptions& options, const ResolvedOptions& resolved);

/// Whether the outputs of an input are there already, made by a run that would make the same again.
/// What is left open may have been otherwise, where nothing is missing.
/// @param identity  as report_identity() gives it.
/// @param job_waits whether an unfinished job of this identity may have written them.
/// @throws Error(kOutput) where outputs are there that another run made, saying what differs, or
/// that no report accounts for: nothing that is finished is replaced without --overwrite.
bool outputs_are_finished(const OutputFiles& files, const JobIdentity& identity,
                          const LeftOpen& open, bool job_waits);

/// What a report vouches for.
struct EarlierOutputs {
  JobIdentity identity;            ///< As report_identity() gives it.
  std::vector<std::string> names;  ///< File names in the folder of the report.
};

/// What the report of a run of this identity that is about to be replaced vouches for: files of
/// earlier runs with other files asked for stay good. Its identity takes over what they depend on.
EarlierOutputs earlier_outputs(const OutputFiles& files, const JobIdentity& identity);

/// The "identity" of a report: that of the job and what else the files depend on.
JobIdentity report_identity(const JobIdentity& identity, const RunOptions& options);

}  // namespace rollingdepth
