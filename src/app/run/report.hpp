#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "app/run/clip_job.hpp"
#include "jobs/job_identity.hpp"
#include "rollingdepth/run.hpp"
#include "sound/clip_sound.hpp"

namespace rollingdepth {

/// What a finished job knows beyond its settings.
struct JobFacts {
  ClipInfo clip;
  ClipRunSummary summary;
  std::vector<WrittenTrack> sound = {};  ///< Of the videos.
  std::vector<std::string> warnings;
  JobIdentity identity;                      ///< As report_identity() gives it.
  std::vector<std::string> earlier_outputs;  ///< Files of earlier runs of the same identity.
  bool resumed = false;  ///< Went on with an earlier run's job: seconds are those of this run.
  double seconds = 0;
  std::uint64_t peak_memory_bytes = 0;  ///< Of the whole process so far.
};

/// The report as JSON text.
std::string report_text(const PlannedInput& input, const OutputFiles& files, const RunSetup& setup,
                        const JobFacts& facts);

/// Writes `files.report`. @throws Error(kOutput).
void write_report(const PlannedInput& input, const OutputFiles& files, const RunSetup& setup,
                  const JobFacts& facts);

/// The largest resident size of this process so far.
std::uint64_t peak_memory_bytes();

}  // namespace rollingdepth
