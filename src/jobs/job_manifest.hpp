#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "jobs/job_identity.hpp"
#include "nn/batch_sizes.hpp"

namespace rollingdepth {

/// What `STEM.job/manifest.json` says of an unfinished job.
struct JobManifest {
  std::string input;  ///< For messages.
  std::uint64_t id = 0;
  std::filesystem::path spool;        ///< The job's folder, or spool_folder_name() elsewhere.
  std::vector<std::string> outputs;   ///< File names.
  std::vector<std::string> finished;  ///< Stages, in order.
  std::optional<BatchSizes> batch;    ///< Unset where the job was stopped before it knew.
  std::vector<std::string> remarks;   ///< On the clip, once it was read.
  std::optional<std::vector<std::int64_t>> cuts =
      std::nullopt;  ///< As ClipRunOptions, once they are known.
  JobIdentity identity;
};

/// How the spool of a job is called below --spool-dir; no other folder is believed to be one.
std::string spool_folder_name(const std::filesystem::path& job_folder, std::uint64_t id);

/// The manifest in a job's folder; nothing where there is none.
/// @throws Error(kOutput, "its manifest.json …") where it is of another format, or damaged or
/// changed since it was written: its checksum covers all of it.
std::optional<JobManifest> read_manifest(const std::filesystem::path& job_folder);

/// Puts it in the place of an older one, at once. @throws Error(kOutput).
void write_manifest(const std::filesystem::path& job_folder, const JobManifest& manifest);

/// Removes the manifest.
void remove_manifest(const std::filesystem::path& job_folder) noexcept;

}  // namespace rollingdepth
