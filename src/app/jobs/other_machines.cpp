#include "app/jobs/other_machines.hpp"

#include "jobs/shard_notes.hpp"

namespace rollingdepth {

std::string compute_text(const ComputeFacts& compute) {
  return compute.device + (compute.kernels.empty() ? "" : ", kernels " + compute.kernels) + ", " +
         compute.dtype;
}

std::vector<std::string> remarks_on_workers(const std::filesystem::path& job_folder,
                                            const JobIdentity& identity) {
  const std::string planned = compute_text(compute_of(identity));
  std::vector<std::string> remarks;
  for (const ShardNote& note : read_notes(job_folder)) {
    if (note.compute == planned || note.units == 0) continue;
    remarks.push_back(std::to_string(note.units) + " units were computed on " + note.host + " (" +
                      note.compute + "), and not as planned (" + planned +
                      "): the last digits may differ");
  }
  return remarks;
}

}  // namespace rollingdepth
