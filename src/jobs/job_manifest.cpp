#include "jobs/job_manifest.hpp"

#include <stdexcept>
#include <system_error>
#include <utility>

#include "base/json_reader.hpp"
#include "jobs/sealed_json.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr const char* kManifest = "manifest.json";
constexpr int kFormat = 4;  // Of the manifest and of the records beside it.

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::kOutput, std::string("its ") + kManifest + " " + why);
}

std::optional<BatchSizes> batch_of(const JobIdentity& batch) {
  if (batch.is_null()) return std::nullopt;
  const BatchSizes sizes{.vae_frames = json_value<std::int64_t>(batch.at("vae_frames")),
                         .snippets = json_value<std::int64_t>(batch.at("snippets"))};
  if (sizes.vae_frames < 1 || sizes.snippets < 1) throw std::out_of_range("batch");
  return sizes;
}

// A spool inside the job's folder has no path of its own: the folder may be moved or copied. Files
// are removed in a spool: it must be a folder that only a job makes, and not a link to another.
fs::path spool_of(const std::string& path, const fs::path& job_folder, std::uint64_t id) {
  if (path.empty()) return job_folder;
  const fs::path spool = unescaped(path);
  std::error_code ignored;
  if (!spool.is_absolute() || spool.filename() != spool_folder_name(job_folder, id) ||
      fs::is_symlink(fs::symlink_status(spool, ignored))) {
    refuse("names a spool that is not this job's: " + path);
  }
  return spool;
}

JobManifest manifest_of(const JobIdentity& json, const fs::path& job_folder) {
  JobManifest manifest{.input = json.at("input").get<std::string>(),
                       .id = std::stoull(json.at("id").get<std::string>(), nullptr, 16),
                       .spool = {},
                       .outputs = json.at("outputs").get<std::vector<std::string>>(),
                       .finished = json.at("finished").get<std::vector<std::string>>(),
                       .batch = batch_of(json.at("batch")),
                       .remarks = json.at("remarks").get<std::vector<std::string>>(),
                       .cuts = std::nullopt,
                       .identity = json.at("identity")};
  if (json.contains("cuts")) manifest.cuts = json_value<std::vector<std::int64_t>>(json.at("cuts"));
  manifest.spool = spool_of(json.at("spool").get<std::string>(), job_folder, manifest.id);
  return manifest;
}

}  // namespace

std::string spool_folder_name(const fs::path& job_folder, std::uint64_t id) {
  return job_folder.stem().string() + "-" + hexadecimal(id) + ".spool";
}

std::optional<JobManifest> read_manifest(const fs::path& job_folder) {
  const std::optional<JobIdentity> json = read_sealed(job_folder, kManifest, kFormat);
  if (!json) return std::nullopt;
  try {
    return manifest_of(*json, job_folder);
  } catch (const JsonError&) {
    refuse("is damaged");
  } catch (const Error&) {
    throw;
  } catch (const std::exception&) {
    refuse("is damaged");
  }
}

void write_manifest(const fs::path& job_folder, const JobManifest& manifest) {
  const bool inside = manifest.spool == job_folder;
  JobIdentity json = {{"format", kFormat},
                      {"input", manifest.input},
                      {"id", hexadecimal(manifest.id)},
                      {"spool", inside ? "" : escaped(fs::absolute(manifest.spool).string())},
                      {"outputs", manifest.outputs},
                      {"finished", manifest.finished},
                      {"batch", nullptr},
                      {"remarks", manifest.remarks},
                      {"identity", manifest.identity}};
  if (manifest.batch) {
    json["batch"] = {{"vae_frames", manifest.batch->vae_frames},
                     {"snippets", manifest.batch->snippets}};
  }
  if (manifest.cuts) json["cuts"] = *manifest.cuts;
  write_sealed(job_folder, kManifest, std::move(json));
}

void remove_manifest(const fs::path& job_folder) noexcept try {
  std::error_code ignored;
  for (const std::string& name : {std::string(kManifest), name_while_written(kManifest)}) {
    fs::remove(job_folder / name, ignored);
  }
} catch (const std::exception&) {  // Memory for the path.
}

}  // namespace rollingdepth
