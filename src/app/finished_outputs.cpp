#include "rollingdepth/app/finished_outputs.hpp"

#include <fstream>

#include "rollingdepth/app/job_folder.hpp"
#include "rollingdepth/base/error.hpp"

namespace rollingdepth {
namespace {

// The identity that a report names; null where it names none.
JobIdentity identity_in(const std::filesystem::path& report) {
  std::ifstream stream(report);
  const JobIdentity json = JobIdentity::parse(stream, nullptr, /*allow_exceptions=*/false);
  return json.is_object() && json.contains("identity") ? json["identity"] : JobIdentity(nullptr);
}

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& why) {
  throw Error(ErrorKind::kOutput, file.string() + " exists, " + why +
                                      " (--overwrite replaces it, -o writes elsewhere)");
}

}  // namespace

JobIdentity report_identity(const JobIdentity& identity, const RunOptions& options) {
  JobIdentity json = identity;
  json["fps"] = options.output_fps ? JobIdentity(std::to_string(options.output_fps->num) + "/" +
                                                 std::to_string(options.output_fps->den))
                                   : JobIdentity(nullptr);
  return json;
}

bool outputs_are_finished(const OutputFiles& files, const JobIdentity& identity) {
  std::error_code ignored;
  if (std::filesystem::exists(files.report, ignored)) {
    const JobIdentity before = identity_in(files.report);
    if (before.is_null()) refuse(files.report, "and does not say how its outputs were made");
    const std::string different = differences(identity, before);
    if (!different.empty()) refuse(files.report, "from a run with other settings: " + different);
    return files.all_exist();
  }
  for (const std::filesystem::path& file : files.all()) {
    if (!std::filesystem::exists(file, ignored)) continue;
    JobIdentity job = identity;
    job.erase("fps");
    // A run that was stopped while its files got their names.
    if (JobFolder::waits(files.job, job)) return false;
    refuse(file, "and no report says how it was made");
  }
  return false;
}

}  // namespace rollingdepth
