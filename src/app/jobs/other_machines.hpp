#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "jobs/job_identity.hpp"

namespace rollingdepth {

/// What is to be said of processes that have worked on a job with other kernels, or on another kind
/// of device, than its identity names: one line each, for the report.
std::vector<std::string> remarks_on_workers(const std::filesystem::path& job_folder,
                                            const JobIdentity& identity);

/// "cpu, kernels avx512, bf16".
std::string compute_text(const ComputeFacts& compute);

}  // namespace rollingdepth
