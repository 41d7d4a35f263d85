#include "base/partial_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#ifdef __linux__
#include <sys/vfs.h>
#endif

#include <cerrno>
#include <cstdint>
#include <mutex>
#include <set>
#include <string>
#include <system_error>
#include <utility>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr const char* kExtension = ".partial";
// Of an older folder while the new one takes its name.
constexpr const char* kReplaced = ".replaced";

// The files that are being written, for remove_partial_files(). Never destroyed: the process may
// end while another thread still looks at it.
struct Unfinished {
  std::mutex mutex;
  std::multiset<std::filesystem::path> paths;
};

Unfinished& unfinished() {
  static auto* const files = new Unfinished;
  return *files;
}

// Libraries that write through a temporary file of their own put it beside: `<path>.a1B2c3`.
void remove_with_temporaries(const std::filesystem::path& path) {
  std::error_code failure, ignored;
  const std::string name = path.filename().string();
  // Not a loop over a range: its steps throw, and nobody catches on the thread that waits for
  // signals.
  std::filesystem::directory_iterator entry(path.parent_path(), failure);
  for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
    if (entry->path().filename().string().starts_with(name)) {
      // Another thread may add to a folder meanwhile; without the folder it no longer can.
      for (int tries = 0; tries < 3; ++tries) std::filesystem::remove_all(entry->path(), ignored);
    }
  }
}

// A link or a pipe of this name would lead what is written elsewhere; it is no leftover of this
// program either.
void remove_unless_plain(const std::filesystem::path& partial) {
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::symlink_status(partial, ignored);
  if (!std::filesystem::exists(status) || std::filesystem::is_directory(status) ||
      std::filesystem::is_regular_file(status)) {
    return;
  }
  std::filesystem::remove(partial, ignored);
}

// On SMB a lock keeps out whatever opens the file again, in this process too (flock(2), CIFS
// details).
bool locks_are_mandatory(int descriptor) {
#ifdef __linux__
  constexpr std::uint32_t kCifs = 0xFF534D42, kSmb2 = 0xFE534D42;
  struct statfs system = {};
  if (::fstatfs(descriptor, &system) != 0) return true;
  const auto type = static_cast<std::uint32_t>(system.f_type);
  return type == kCifs || type == kSmb2;
#else
  (void)descriptor;
  return false;
#endif
}

// Nothing where it cannot be made: who writes it says why.
FileDescriptor locked_file(const std::filesystem::path& partial,
                           const std::filesystem::path& final) {
  constexpr int kTries = 100;
  for (int i = 0; i < kTries; ++i) {
    const int descriptor =
        ::open(partial.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
    if (descriptor < 0) break;
    FileDescriptor file(descriptor, partial.string());
    if (locks_are_mandatory(descriptor)) break;
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      throw Error(ErrorKind::kOutput,
                  "cannot write " + final.string() + ": another process is writing it");
    }
    if (file.lies_at(partial)) return file;  // Its owner may just have finished with it.
  }
  return {};
}

// The files of a folder first, then the folder, which holds their names.
void sync_to_disk(const std::filesystem::path& path) {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(path, ignored)) {
    FileDescriptor::open_to_read(entry.path()).sync();
  }
  FileDescriptor::open_to_read(path).sync();
}

// A folder cannot be renamed onto one that holds files: the older one steps aside first, and comes
// back where the new one cannot take its place.
std::error_code place_folder(const std::filesystem::path& partial,
                             const std::filesystem::path& final) {
  std::error_code failure, ignored;
  std::filesystem::path aside = final;
  aside += kReplaced;
  const bool replaces = std::filesystem::is_directory(final, ignored);
  if (replaces) {
    std::filesystem::remove_all(aside, failure);
    if (!failure) std::filesystem::rename(final, aside, failure);
    if (failure) return failure;
  }
  std::filesystem::rename(partial, final, failure);
  if (!failure) {
    std::filesystem::remove_all(aside, ignored);
  } else if (replaces) {
    std::filesystem::rename(aside, final, ignored);
  }
  return failure;
}

std::error_code give_final_name(const std::filesystem::path& partial,
                                const std::filesystem::path& final) {
  std::error_code failure;
  if (std::filesystem::is_directory(partial, failure)) return place_folder(partial, final);
  std::filesystem::rename(partial, final, failure);
  return failure;
}

}  // namespace

PartialFile::PartialFile(std::filesystem::path final_path, PartialKind kind)
    : final_(std::move(final_path)), partial_(final_) {
  partial_ += kExtension;
  absolute_ = std::filesystem::absolute(partial_);
  remove_unless_plain(absolute_);
  const std::lock_guard lock(unfinished().mutex);
  if (kind == PartialKind::kFile) lock_ = locked_file(absolute_, final_);
  unfinished().paths.insert(absolute_);
}

PartialFile::~PartialFile() {
  if (finished_) return;
  std::error_code ignored;
  std::filesystem::remove_all(partial_, ignored);
  forget();
}

void PartialFile::forget() const noexcept {
  const std::lock_guard lock(unfinished().mutex);
  auto& paths = unfinished().paths;
  if (const auto found = paths.find(absolute_); found != paths.end()) paths.erase(found);
}

std::filesystem::path longest_working_path(const std::filesystem::path& final_path,
                                           bool is_folder) {
  std::filesystem::path longest = final_path;
  longest += is_folder ? kReplaced : kExtension;
  return longest;
}

void remove_leftovers(const std::filesystem::path& final_path) {
  std::filesystem::path partial = std::filesystem::absolute(final_path);
  partial += kExtension;
  remove_with_temporaries(partial);
}

std::unique_lock<std::mutex> remove_partial_files() {
  std::unique_lock lock(unfinished().mutex);
  for (const std::filesystem::path& path : unfinished().paths) remove_with_temporaries(path);
  return lock;
}

void PartialFile::finish() {
  std::error_code failure;
  if (!std::filesystem::exists(partial_, failure)) {
    throw Error(ErrorKind::kOutput, "cannot write " + final_.string() + ": " + partial_.string() +
                                        " was removed meanwhile");
  }
  // On the disk before it gets its name: after a power cut a named file is a complete one.
  sync_to_disk(partial_);
  {
    // Not between two steps: remove_partial_files() waits, and the process ends only then.
    const std::lock_guard lock(unfinished().mutex);
    failure = give_final_name(partial_, final_);
  }
  if (failure) {
    throw Error(ErrorKind::kOutput, "cannot write " + final_.string() + ": " + failure.message(),
                retry_after(failure.value()));
  }
  finished_ = true;
  lock_ = FileDescriptor();
  forget();
}

}  // namespace rollingdepth
