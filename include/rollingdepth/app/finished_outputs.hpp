#pragma once

#include "rollingdepth/app/job_identity.hpp"
#include "rollingdepth/app/outputs.hpp"

namespace rollingdepth {

/// Whether the outputs of an input are there already, made by a run that would make the same again.
/// @param identity as report_identity() gives it.
/// @throws Error(kOutput) where outputs are there that another run made, saying what differs, or
/// that no report accounts for and no unfinished job of this identity would replace: nothing that
/// is finished is replaced without --overwrite.
bool outputs_are_finished(const OutputFiles& files, const JobIdentity& identity);

/// The "identity" of a report: that of the job and what else the files depend on.
JobIdentity report_identity(const JobIdentity& identity, const RunOptions& options);

}  // namespace rollingdepth
