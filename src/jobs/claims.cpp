#include "jobs/claims.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/file_descriptor.hpp"
#include "jobs/folder_entries.hpp"
#include "jobs/shard_notes.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr const char* kExtension = ".claim";

}  // namespace

bool is_claim(const fs::path& file) { return file.extension() == kExtension; }

Claims::Claims(fs::path job_folder, std::string writer, std::chrono::seconds stale)
    : folder_(std::move(job_folder)), writer_(std::move(writer)), stale_(stale) {}

Claims::~Claims() { give_back(); }

fs::path Claims::file_of(std::int64_t part) const {
  return folder_ / ("part-" + std::to_string(part) + kExtension);
}

// Whether it was not there: O_EXCL is one step, on network file systems too.
bool Claims::make(const fs::path& file) const {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor >= 0) {
    FileDescriptor claim(descriptor, file.string());
    try {
      claim.write(writer_.data(), writer_.size());
      claim.close();
    } catch (const Error&) {  // A full disk.
      std::error_code ignored;
      fs::remove(file, ignored);
      throw;
    }
    return true;
  }
  if (errno == EEXIST) return false;
  const int code = errno;
  throw Error(ErrorKind::kOutput,
              "cannot write " + file.string() + ": " + std::generic_category().message(code),
              retry_after(code));
}

// By the clock that dates the claims, which on a network is that of the server: ours may be ahead.
fs::file_time_type Claims::now() const try {
  const fs::path probe = folder_ / (writer_ + "-now" + kExtension);
  std::error_code problem, ignored;
  fs::remove(probe, ignored);
  const bool made = make(probe);
  const fs::file_time_type time = fs::last_write_time(probe, problem);
  fs::remove(probe, ignored);
  return made && !problem ? time : fs::file_time_type::clock::now();
} catch (const Error&) {  // A full disk.
  return fs::file_time_type::clock::now();
}

std::string Claims::owner_of(const fs::path& file) {
  std::string owner(256, '\0');
  try {
    owner.resize(FileDescriptor::open_to_read(file).read(owner.data(), owner.size()));
  } catch (const Error&) {  // It is given back at this moment.
    return "";
  }
  return owner;
}

// By a process that is there, as far as can be told from here.
bool Claims::is_held(const fs::path& file) const {
  std::error_code problem;
  const auto touched = fs::last_write_time(file, problem);
  if (!problem && now() - touched >= stale_) return false;
  const std::string owner = owner_of(file);
  return owner.empty() || !has_ended_here(owner);
}

bool Claims::take(std::int64_t part) {
  give_back();
  const fs::path file = file_of(part);
  if (!make(file)) {
    if (is_held(file)) return false;
    std::error_code problem;
    // Of several that find it stale one can move it away.
    const fs::path moved = folder_ / (writer_ + kExtension);
    fs::rename(file, moved, problem);
    if (problem) return false;
    fs::remove(moved, problem);
    if (!make(file)) return false;
  }
  held_ = part;
  return true;
}

void Claims::touch() noexcept try {
  if (held_) ::utimensat(AT_FDCWD, file_of(*held_).c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
} catch (const std::exception&) {  // Memory for a path.
}

void Claims::give_back() noexcept try {
  if (!held_) return;
  const fs::path file = file_of(*std::exchange(held_, std::nullopt));
  std::error_code ignored;
  // Another one may have found it stale and taken it.
  if (owner_of(file) == writer_) fs::remove(file, ignored);
} catch (const std::exception&) {  // Memory for a path: the claim goes stale.
}

void Claims::remove_all(const fs::path& job_folder) noexcept try {
  std::error_code ignored;
  for (const fs::path& file : entries_of(job_folder, ignored)) {
    if (is_claim(file)) fs::remove(file, ignored);
  }
} catch (const std::exception&) {  // Memory for a path.
}

}  // namespace rollingdepth
