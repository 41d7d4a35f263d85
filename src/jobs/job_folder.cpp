#include "jobs/job_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <random>
#include <system_error>
#include <utility>

#include "base/partial_file.hpp"
#include "jobs/claims.hpp"
#include "jobs/folder_entries.hpp"
#include "jobs/job_manifest.hpp"
#include "jobs/job_plan.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLock = "lock";

std::uint64_t random_id() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

bool holds_leftovers_alone(const fs::path& folder) {
  std::error_code failure;
  const std::vector<fs::path> entries = entries_of(folder, failure);
  return !failure && std::all_of(entries.begin(), entries.end(), &is_job_leftover);
}

// A folder that this program did not make is left alone.
void require_job_folder(const fs::path& folder) {
  std::error_code ignored;
  if (!fs::exists(folder, ignored)) return;
  if (fs::exists(fs::symlink_status(folder / kLock, ignored))) return;
  if (fs::is_directory(folder, ignored) && holds_leftovers_alone(folder)) return;
  throw Error(ErrorKind::kOutput,
              "cannot keep the job in " + folder.string() + ": something else has this name");
}

// Where that cannot be told there may be.
bool holds_records_in(const fs::path& spool) noexcept {
  return spooled_bytes(spool).value_or(1) > 0;
}

// "chunk " of "chunk 12".
std::string without_number(const std::string& stage) {
  return stage.substr(0, stage.find_last_not_of("0123456789") + 1);
}

// A plain file that is made where it is missing; -1 and errno otherwise.
int open_lock(const fs::path& file, bool& made) {
  constexpr int kFlags = O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  int descriptor = ::open(file.c_str(), kFlags | O_CREAT | O_EXCL, 0666);
  made = descriptor >= 0;
  if (descriptor < 0 && errno == EEXIST) descriptor = ::open(file.c_str(), kFlags);
  return descriptor;
}

}  // namespace

// What lies in the folder of a job.
struct JobFolder::Found {
  std::optional<JobManifest> manifest;
  bool holds_records = false;
  std::string difference;  // From the identity of this run.
  std::string obstacle;    // Why nobody can go on with it.
};

bool is_job_leftover(const fs::path& entry) {
  return entry.filename().string().starts_with("shard-") || is_claim(entry);
}

JobFolder::JobFolder(JobPlace place, const std::string& input, JobIdentity identity)
    : place_(std::move(place)), input_(input), identity_(std::move(identity)) {
  require_job_folder(place_.folder);
  try {
    lock();
    take_over();
    if (!goes_on_) begin();
  } catch (...) {
    leave();
    throw;
  }
}

JobFolder::~JobFolder() { leave(); }

// What was there before stays, whatever came of looking at it.
void JobFolder::leave() noexcept {
  if (began_ && !removed_ && !holds_records()) remove();
}

bool JobFolder::holds_records() const noexcept { return place_.resume && holds_records_in(spool_); }

// The kernel frees the lock of a process that ends, however it ends: no lock is ever stale.
void JobFolder::lock() {
  const fs::path file = place_.folder / kLock;
  while (true) {
    std::error_code problem;
    fs::create_directories(place_.folder, problem);
    bool made = false;
    const int descriptor = open_lock(file, made);
    if (descriptor < 0) {
      const int code = errno;
      if (code == ENOENT && !problem) continue;  // Another process has just removed its folder.
      throw Error(ErrorKind::kOutput,
                  "cannot write " + file.string() + ": " +
                      (code == ELOOP ? "it is a link" : std::generic_category().message(code)),
                  retry_after(code));
    }
    began_ = made;
    lock_ = FileDescriptor(descriptor, file.string());
    locked_ = ::flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    if (!locked_ && errno == EWOULDBLOCK) {
      char owner[32] = {};
      (void)lock_.read(owner, sizeof owner - 1);
      began_ = false;
      throw Error(ErrorKind::kOutput, "another rollingdepth (process " + std::string(owner) +
                                          ") is at work on " + input_ + " in " +
                                          place_.folder.parent_path().string());
    }
    // The lock counts only while the file still has its name: its owner may just have finished.
    if (lock_.lies_at(file)) break;
  }
  write_owner();
}

// For the message to a process that comes meanwhile.
void JobFolder::write_owner() {
  const std::string owner = std::to_string(::getpid());
  lock_.write_at(std::string(20, '\0').data(), 20, 0);
  lock_.write_at(owner.data(), owner.size(), 0);
}

JobFolder::Found JobFolder::look(const fs::path& folder, const JobIdentity& identity) {
  Found found;
  try {
    found.manifest = read_manifest(folder);
  } catch (const Error& error) {
    found.obstacle = error.what();
    return found;
  }
  found.holds_records = holds_records_in(found.manifest ? found.manifest->spool : folder);
  if (!found.manifest) {
    if (found.holds_records) found.obstacle = "its manifest.json is gone";
    return found;
  }
  std::error_code ignored;
  if (fs::status(found.manifest->spool, ignored).type() == fs::file_type::not_found) {
    found.obstacle = "its spool in " + found.manifest->spool.string() + " is gone";
  } else if (found.holds_records) {
    found.difference = differences(identity, found.manifest->identity);
  }
  return found;
}

void JobFolder::refuse(const Found& found, const JobPlace& place) {
  const std::string in = " in " + place.folder.string();
  throw Error(ErrorKind::kOutput,
              found.obstacle.empty()
                  ? "an unfinished job of other settings is" + in + ": " + found.difference +
                        " (the earlier settings go on with it, --overwrite discards it, -o writes "
                        "elsewhere)"
                  : "cannot go on with the unfinished job" + in + ": " + found.obstacle +
                        " (--overwrite discards it, -o writes elsewhere)");
}

void JobFolder::require_usable(const JobPlace& place, const JobIdentity& identity) {
  std::error_code ignored;
  if (!fs::exists(fs::symlink_status(place.folder, ignored))) return;
  require_job_folder(place.folder);
  if (::faccessat(AT_FDCWD, place.folder.c_str(), W_OK | X_OK, AT_EACCESS) != 0) {
    throw Error(ErrorKind::kOutput, "cannot write to " + place.folder.string() + ": " +
                                        std::generic_category().message(errno));
  }
  const Found found = look(place.folder, identity);
  if (!place.overwrite && !(found.obstacle.empty() && found.difference.empty())) {
    refuse(found, place);
  }
}

void JobFolder::take_over() {
  const Found found = look(place_.folder, identity_);
  why_discarded_ = found.obstacle.empty() ? found.difference : found.obstacle;
  if (!why_discarded_.empty() && !place_.overwrite) refuse(found, place_);
  for (const fs::path& file : place_.outputs) remove_leftovers(file);
  if (!found.manifest) {
    if (!why_discarded_.empty()) remove_content(place_.folder);
    return;
  }
  // By name only: a manifest is no leave to touch another folder.
  for (const fs::path file : found.manifest->outputs) {
    remove_leftovers(place_.folder.parent_path() / file.filename());
  }
  goes_on_ = place_.resume && why_discarded_.empty() && found.holds_records;
  if (!goes_on_) {
    remove_content(found.manifest->spool);
    return;
  }
  id_ = found.manifest->id;
  spool_ = found.manifest->spool;
  finished_ = found.manifest->finished;
  batch_ = found.manifest->batch;
  remarks_ = found.manifest->remarks;
  cuts_ = found.manifest->cuts;
}

fs::path JobFolder::spool_kept_in() const {
  if (!goes_on_ || place_.spool_root.empty()) return {};
  std::error_code ignored;
  return fs::equivalent(spool_.parent_path(), place_.spool_root, ignored) ? fs::path() : spool_;
}

void JobFolder::begin() {
  began_ = true;
  id_ = random_id();
  fs::path spool = place_.folder;
  if (!place_.spool_root.empty()) {
    spool = place_.spool_root;
    if (place_.resume) spool /= spool_folder_name(place_.folder, id_);
    std::error_code problem;
    fs::create_directories(spool, problem);
    if (problem) {
      throw Error(ErrorKind::kOutput,
                  "cannot make the spool in " + spool.string() + ": " + problem.message(),
                  retry_after(problem.value()));
    }
  }
  spool_ = spool;
  // Files without records of a run that was stopped early.
  if (place_.spool_root.empty()) remove_content(spool_);
  note();
}

void JobFolder::note() const {
  if (!place_.resume) return;
  std::vector<std::string> outputs;
  for (const fs::path& file : place_.outputs) outputs.push_back(file.filename().string());
  write_manifest(place_.folder, {.input = input_,
                                 .id = id_,
                                 .spool = spool_,
                                 .outputs = std::move(outputs),
                                 .finished = finished_,
                                 .batch = batch_,
                                 .remarks = remarks_,
                                 .cuts = cuts_,
                                 .identity = identity_});
}

BatchSizes JobFolder::keep_batch_sizes(BatchSizes chosen) {
  if (!batch_) {
    batch_ = chosen;
    note();
  }
  return *batch_;
}

void JobFolder::keep_remarks(const std::vector<std::string>& remarks) {
  if (remarks.empty() || !remarks_.empty()) return;
  remarks_ = remarks;
  note();
}

void JobFolder::keep_cuts(const std::vector<std::int64_t>& cuts) {
  cuts_ = cuts;
  note();
}

void JobFolder::note_finished(const std::string& stage) {
  if (std::find(finished_.begin(), finished_.end(), stage) != finished_.end()) return;
  // The list does not grow with the number of chunks.
  const std::string kind = without_number(stage);
  if (kind != stage) {
    std::erase_if(finished_,
                  [&](const std::string& known) { return without_number(known) == kind; });
  }
  finished_.push_back(stage);
  note();
}

SpoolPlace JobFolder::spool() const {
  return {.folder = spool_,
          .memory_limit_bytes = place_.memory_limit_bytes,
          .job = place_.resume ? std::optional(id_) : std::nullopt};
}

// By name, not all that is there: nobody else's file goes, and no link.
void JobFolder::remove_content(const fs::path& spool) const {
  remove_plan(place_.folder);  // From now on nobody takes it for a job to work on.
  std::error_code ignored;
  for (const fs::path& file : entries_of(spool, ignored)) {
    if (is_spool_file(file) && fs::is_regular_file(fs::symlink_status(file, ignored))) {
      fs::remove(file, ignored);
    }
  }
  remove_manifest(place_.folder);
  if (spool != place_.folder && is_spool_file(spool)) fs::remove(spool, ignored);  // Where empty.
}

void JobFolder::remove() noexcept try {
  std::error_code ignored;
  // Others that were at work may still put something there.
  constexpr int kTries = 3;
  for (int i = 0; i < kTries && place_.resume; ++i) {  // Otherwise nothing in it has a name.
    remove_content(spool_);
    if (entries_of(place_.folder, ignored).size() <= 1) break;
  }
  fs::remove(place_.folder / kLock, ignored);
  lock_ = FileDescriptor();  // NFS keeps what is open in the folder, under another name.
  fs::remove(place_.folder, ignored);
  removed_ = true;
} catch (const std::exception&) {  // Memory for a path: a lock without records stops nobody.
}

void JobFolder::discard(const JobPlace& place, const std::string& input,
                        const JobIdentity& identity) {
  std::error_code ignored;
  if (!fs::exists(place.folder / kLock, ignored)) return;
  try {
    JobFolder(place, input, identity).remove();
  } catch (const Error&) {  // Another process will remove it, or it is of another identity.
  }
}

bool JobFolder::waits(const fs::path& folder, const JobIdentity& identity) try {
  const std::optional<JobManifest> manifest = read_manifest(folder);
  return manifest && differences(identity, manifest->identity).empty();
} catch (const Error&) {
  return false;
}

}  // namespace rollingdepth
