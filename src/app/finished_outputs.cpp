#include "rollingdepth/app/finished_outputs.hpp"

#include <fstream>

#include "rollingdepth/app/job_folder.hpp"
#include "rollingdepth/base/error.hpp"

namespace rollingdepth {
namespace {

constexpr const char* kRate = "fps";
constexpr const char* kSideBySideMap = "side_by_side_colormap";

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

// What differs between two runs as far as files are concerned that both of them write.
std::string differences_of_outputs(JobIdentity now, JobIdentity before) {
  for (JobIdentity* identity : {&now, &before}) {
    if (identity->value(kSideBySideMap, JobIdentity(nullptr)).is_null()) {
      now.erase(kSideBySideMap);
      before.erase(kSideBySideMap);
    }
  }
  return differences(now, before);
}

}  // namespace

JobIdentity report_identity(const JobIdentity& identity, const RunOptions& options) {
  JobIdentity json = identity;
  json[kRate] = options.output_fps ? JobIdentity(std::to_string(options.output_fps->num) + "/" +
                                                 std::to_string(options.output_fps->den))
                                   : JobIdentity(nullptr);
  // The other files have their colour map in their names.
  json[kSideBySideMap] = nullptr;
  if (options.save_side_by_side) json[kSideBySideMap] = side_by_side_colormap(options);
  return json;
}

bool outputs_are_finished(const OutputFiles& files, const JobIdentity& identity) {
  std::error_code ignored;
  if (std::filesystem::exists(files.report, ignored)) {
    const JobIdentity before = identity_in(files.report);
    if (!before.is_object()) refuse(files.report, "and does not say how its outputs were made");
    const std::string different = differences_of_outputs(identity, before);
    if (!different.empty()) refuse(files.report, "from a run with other settings: " + different);
    return files.all_exist();
  }
  for (const std::filesystem::path& file : files.all()) {
    if (!std::filesystem::exists(file, ignored)) continue;
    JobIdentity job = identity;
    job.erase(kRate);
    job.erase(kSideBySideMap);
    // A run that was stopped while its files got their names.
    if (JobFolder::waits(files.job, job)) return false;
    refuse(file, "and no report says how it was made");
  }
  return false;
}

}  // namespace rollingdepth
