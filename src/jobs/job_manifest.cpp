#include "jobs/job_manifest.hpp"

#include <xxhash.h>

#include <stdexcept>
#include <system_error>

#include "base/file_descriptor.hpp"
#include "base/formatted.hpp"
#include "base/json_reader.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr const char* kManifest = "manifest.json";
constexpr const char* kNewManifest = "manifest.new.json";
constexpr const char* kChecksum = "checksum";
constexpr int kFormat = 4;  // Of the manifest and of the records beside it.

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::kOutput, std::string("its ") + kManifest + " " + why);
}

// Of all keys but its own, in their order; line breaks and blanks do not count.
std::string checksum_of(JobIdentity manifest) {
  manifest.erase(kChecksum);
  const std::string text = manifest.dump(-1, ' ', false, JobIdentity::error_handler_t::replace);
  return hexadecimal(XXH3_64bits(text.data(), text.size()));
}

std::optional<BatchSizes> batch_of(const JobIdentity& batch) {
  if (batch.is_null()) return std::nullopt;
  const BatchSizes sizes{.vae_frames = batch.at("vae_frames").get<std::int64_t>(),
                         .snippets = batch.at("snippets").get<std::int64_t>()};
  if (sizes.vae_frames < 1 || sizes.snippets < 1) throw std::out_of_range("batch");
  return sizes;
}

// JSON is UTF-8, paths need not be: other bytes are written as in an address, %E9.
std::string escaped(const std::string& path) {
  std::string text;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    text += byte < 0x20 || byte >= 0x7f || c == '%' ? formatted("%%%02X", byte) : std::string(1, c);
  }
  return text;
}

std::string unescaped(const std::string& text) {
  std::string path;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool stands_for_a_byte = text[i] == '%' && i + 2 < text.size();
    path += stands_for_a_byte ? static_cast<char>(std::stoi(text.substr(i + 1, 2), nullptr, 16))
                              : text[i];
    if (stands_for_a_byte) i += 2;
  }
  return path;
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
                       .identity = json.at("identity")};
  manifest.spool = spool_of(json.at("spool").get<std::string>(), job_folder, manifest.id);
  return manifest;
}

}  // namespace

std::string spool_folder_name(const fs::path& job_folder, std::uint64_t id) {
  return job_folder.stem().string() + "-" + hexadecimal(id) + ".spool";
}

void seal(JobIdentity& manifest) { manifest[kChecksum] = checksum_of(manifest); }

std::optional<JobManifest> read_manifest(const fs::path& job_folder) {
  const fs::path file = job_folder / kManifest;
  std::error_code ignored;
  const fs::file_status status = fs::symlink_status(file, ignored);
  if (status.type() == fs::file_type::not_found) return std::nullopt;
  if (status.type() != fs::file_type::regular) refuse("is no plain file");
  try {
    const auto json = read_json<JobIdentity>(file);
    const int format = json.at("format").get<int>();
    if (format != kFormat) {
      refuse("has format " + std::to_string(format) + ", and this version goes on with format " +
             std::to_string(kFormat) + " only");
    }
    if (json.at(kChecksum).get<std::string>() != checksum_of(json)) {
      refuse("was damaged or changed: its checksum does not fit");
    }
    return manifest_of(json, job_folder);
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
  seal(json);
  const std::string text = json.dump(2, ' ', false, JobIdentity::error_handler_t::replace);
  const fs::path partial = job_folder / kNewManifest;
  FileDescriptor file = FileDescriptor::open_to_write(partial);
  file.write(text.data(), text.size());
  file.sync();
  file.close();
  std::error_code problem;
  fs::rename(partial, job_folder / kManifest, problem);
  if (problem) {
    throw Error(ErrorKind::kOutput,
                "cannot write " + (job_folder / kManifest).string() + ": " + problem.message(),
                retry_after(problem.value()));
  }
}

void remove_manifest(const fs::path& job_folder) noexcept try {
  std::error_code ignored;
  for (const char* name : {kManifest, kNewManifest}) fs::remove(job_folder / name, ignored);
} catch (const std::exception&) {  // Memory for the path.
}

}  // namespace rollingdepth
