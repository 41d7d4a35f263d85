#include "rollingdepth/app/job_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <random>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "../base/json_reader.hpp"
#include "rollingdepth/base/error.hpp"
#include "rollingdepth/base/partial_file.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr const char* kManifest = "manifest.json";
constexpr const char* kNewManifest = "manifest.new.json";
constexpr const char* kLock = "lock";
constexpr const char* kSpoolExtension = ".spool";
constexpr int kFormat = 2;

std::uint64_t random_id() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

struct Manifest {
  std::uint64_t id = 0;
  fs::path spool;
  std::vector<std::string> outputs;
  std::vector<std::string> finished;
  std::optional<BatchSizes> batch;
  JobIdentity identity;
};

// Nothing where the job was stopped before it knew.
std::optional<BatchSizes> batch_of(const JobIdentity& manifest) {
  const JobIdentity& batch = manifest.at("batch");
  if (batch.is_null()) return std::nullopt;
  const BatchSizes sizes{.vae_frames = batch.at("vae_frames").get<std::int64_t>(),
                         .snippets = batch.at("snippets").get<std::int64_t>()};
  if (sizes.vae_frames < 1 || sizes.snippets < 1) throw std::out_of_range("batch");
  return sizes;
}

// Nothing where there is no manifest or it cannot be understood.
std::optional<Manifest> read_manifest(const fs::path& folder) try {
  const JobIdentity json = read_json<JobIdentity>(folder / kManifest);
  if (json.at("format").get<int>() != kFormat) return std::nullopt;
  // A spool inside the folder has no path of its own: the folder may be moved or copied.
  const std::string spool = json.at("spool").get<std::string>();
  return Manifest{.id = std::stoull(json.at("id").get<std::string>(), nullptr, 16),
                  .spool = spool.empty() ? folder : fs::path(spool),
                  .outputs = json.at("outputs").get<std::vector<std::string>>(),
                  .finished = json.at("finished").get<std::vector<std::string>>(),
                  .batch = batch_of(json),
                  .identity = json.at("identity")};
} catch (const std::exception&) {
  return std::nullopt;
}

// A folder that this program did not make is left alone.
void require_job_folder(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::exists(folder, ignored) || fs::exists(folder / kLock, ignored)) return;
  if (fs::is_directory(folder, ignored) && fs::is_empty(folder, ignored)) return;
  throw Error(ErrorKind::kOutput,
              "cannot keep the job in " + folder.string() + ": something else has this name");
}

std::int64_t spooled_bytes(const fs::path& spool) {
  return Spool({.folder = spool, .job = 0}).found_bytes();
}

}  // namespace

JobFolder::JobFolder(JobPlace place, const std::string& input, JobIdentity identity)
    : place_(std::move(place)), input_(input), identity_(std::move(identity)) {
  require_job_folder(place_.folder);
  lock();
  try {
    take_over();
    if (!goes_on_) begin();
  } catch (...) {
    remove();
    throw;
  }
}

JobFolder::~JobFolder() {
  if (!removed_ && !holds_records()) remove();
}

bool JobFolder::holds_records() const { return place_.resume && spooled_bytes(spool_) > 0; }

// The kernel frees the lock of a process that ends, however it ends: no lock is ever stale.
void JobFolder::lock() {
  const fs::path file = place_.folder / kLock;
  while (true) {
    std::error_code problem;
    fs::create_directories(place_.folder, problem);
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0) {
      if (errno == ENOENT && !problem) continue;  // Another process has just removed its folder.
      throw Error(ErrorKind::kOutput,
                  "cannot write " + file.string() + ": " + std::generic_category().message(errno));
    }
    lock_ = FileDescriptor(descriptor, file.string());
    locked_ = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    if (!locked_ && errno == EWOULDBLOCK) {
      char owner[32] = {};
      (void)lock_.read(owner, sizeof owner - 1);
      throw Error(ErrorKind::kOutput, "another rollingdepth (process " + std::string(owner) +
                                          ") is at work on " + input_ + " in " +
                                          place_.folder.parent_path().string());
    }
    // The lock counts only while the file still has its name: its owner may just have finished.
    struct stat held = {}, named = {};
    if (::fstat(descriptor, &held) == 0 && ::stat(file.c_str(), &named) == 0 &&
        held.st_ino == named.st_ino && held.st_dev == named.st_dev) {
      break;
    }
  }
  const std::string owner = std::to_string(::getpid());
  lock_.write_at(std::string(20, '\0').data(), 20, 0);
  lock_.write_at(owner.data(), owner.size(), 0);
}

void JobFolder::take_over() {
  const std::optional<Manifest> manifest = read_manifest(place_.folder);
  for (const fs::path& file : place_.outputs) remove_leftovers(file);
  if (!manifest) return;
  // By name only: a manifest is no leave to touch another folder.
  for (const fs::path file : manifest->outputs) {
    remove_leftovers(place_.folder.parent_path() / file.filename());
  }
  const std::string different = differences(identity_, manifest->identity);
  goes_on_ = place_.resume && different.empty() && spooled_bytes(manifest->spool) > 0;
  if (goes_on_) {
    id_ = manifest->id;
    spool_ = manifest->spool;
    finished_ = manifest->finished;
    batch_ = manifest->batch;
    return;
  }
  if (place_.resume) why_anew_ = different;
  if (place_.resume && different.empty() && !fs::exists(manifest->spool)) {
    why_anew_ = "its spool in " + manifest->spool.string() + " is gone";
  }
  remove_content(manifest->spool);
}

fs::path JobFolder::spool_kept_in() const {
  if (!goes_on_ || place_.spool_root.empty()) return {};
  std::error_code ignored;
  return fs::equivalent(spool_.parent_path(), place_.spool_root, ignored) ? fs::path() : spool_;
}

void JobFolder::begin() {
  id_ = random_id();
  spool_ = place_.folder;
  if (!place_.spool_root.empty()) {
    spool_ = place_.spool_root;
    if (place_.resume) {
      spool_ /= place_.folder.stem().string() + "-" + hexadecimal(id_) + kSpoolExtension;
    }
    std::error_code problem;
    fs::create_directories(spool_, problem);
    if (problem) {
      throw Error(ErrorKind::kOutput,
                  "cannot make the spool in " + spool_.string() + ": " + problem.message());
    }
  }
  // Torn by a crash before its manifest was there.
  if (place_.spool_root.empty()) remove_content(spool_);
  if (place_.resume) write_manifest();
}

void JobFolder::write_manifest() const {
  std::vector<std::string> outputs;
  for (const fs::path& file : place_.outputs) outputs.push_back(file.filename().string());
  const JobIdentity manifest = {
      {"format", kFormat},
      {"input", input_},
      {"id", hexadecimal(id_)},
      {"spool", spool_ == place_.folder ? "" : fs::absolute(spool_).string()},
      {"outputs", outputs},
      {"finished", finished_},
      {"batch",
       batch_ ? JobIdentity{{"vae_frames", batch_->vae_frames}, {"snippets", batch_->snippets}}
              : JobIdentity(nullptr)},
      {"identity", identity_}};
  const std::string text = manifest.dump(2, ' ', false, JobIdentity::error_handler_t::replace);
  const fs::path partial = place_.folder / kNewManifest;
  FileDescriptor file = FileDescriptor::open_to_write(partial);
  file.write(text.data(), text.size());
  file.sync();
  file.close();
  std::error_code problem;
  fs::rename(partial, place_.folder / kManifest, problem);
  if (problem) {
    throw Error(ErrorKind::kOutput,
                "cannot write " + (place_.folder / kManifest).string() + ": " + problem.message());
  }
}

BatchSizes JobFolder::keep_batch_sizes(BatchSizes chosen) {
  if (!batch_) {
    batch_ = chosen;
    if (place_.resume) write_manifest();
  }
  return *batch_;
}

void JobFolder::note_finished(const std::string& stage) {
  if (std::find(finished_.begin(), finished_.end(), stage) != finished_.end()) return;
  finished_.push_back(stage);
  if (place_.resume) write_manifest();
}

SpoolPlace JobFolder::spool() const {
  return {.folder = spool_,
          .memory_limit_bytes = place_.memory_limit_bytes,
          .job = place_.resume ? std::optional(id_) : std::nullopt};
}

// By name, not all that is there: nobody else's file goes.
void JobFolder::remove_content(const fs::path& spool) const {
  std::error_code ignored;
  std::vector<fs::path> records;
  for (const auto& entry : fs::directory_iterator(spool, ignored)) {
    if (entry.path().extension() == kSpoolExtension && entry.is_regular_file(ignored)) {
      records.push_back(entry.path());
    }
  }
  for (const fs::path& file : records) fs::remove(file, ignored);
  fs::remove(place_.folder / kManifest, ignored);
  fs::remove(place_.folder / kNewManifest, ignored);
  if (spool.extension() == kSpoolExtension) fs::remove(spool, ignored);  // Only when empty.
}

void JobFolder::remove() {
  if (place_.resume) remove_content(spool_);  // Otherwise nothing in it has a name.
  std::error_code ignored;
  fs::remove(place_.folder / kLock, ignored);
  fs::remove(place_.folder, ignored);
  removed_ = true;
}

void JobFolder::discard(const JobPlace& place, const std::string& input,
                        const JobIdentity& identity) {
  std::error_code ignored;
  if (!fs::exists(place.folder / kLock, ignored)) return;
  const std::optional<Manifest> manifest = read_manifest(place.folder);
  if (manifest && !differences(identity, manifest->identity).empty()) return;
  try {
    JobFolder(place, input, identity).remove();
  } catch (const Error&) {  // Another process will remove it.
  }
}

bool JobFolder::waits(const fs::path& folder, const JobIdentity& identity) {
  const std::optional<Manifest> manifest = read_manifest(folder);
  return manifest && differences(identity, manifest->identity).empty();
}

}  // namespace rollingdepth
