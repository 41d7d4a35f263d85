#include "store/spool.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/byte_size.hpp"
#include "base/error.hpp"

namespace rollingdepth {
namespace {

constexpr const char* kExtension = ".spool";
// Of unnamed files; those of a job have a number of their own.
constexpr std::uint64_t kNoJob = 0;

[[noreturn]] void fail_to_open(const std::string& shown) {
  const int code = errno;
  throw Error(ErrorKind::kOutput,
              "cannot write " + shown + ": " + std::generic_category().message(code),
              retry_after(code));
}

// A file without a name: it is gone once closed, however the process ends.
FileDescriptor open_unnamed(const std::filesystem::path& folder, const std::string& shown) {
#ifdef O_TMPFILE
  const int unnamed = ::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (unnamed >= 0) return {unnamed, shown};
#endif
  // Not every file system has files without a name; one that loses it at once does as well.
  std::string name = (folder / ".rollingdepth-spool-XXXXXX").string();
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named < 0) fail_to_open(shown);
  ::unlink(name.c_str());
  return {named, shown};
}

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { ::closedir(folder); }
};

}  // namespace

bool is_spool_file(const std::filesystem::path& file) { return file.extension() == kExtension; }

std::optional<std::int64_t> spooled_bytes(const std::filesystem::path& folder) noexcept {
  const std::unique_ptr<DIR, CloseFolder> opened(::opendir(folder.c_str()));
  if (!opened) return errno == ENOENT ? std::optional<std::int64_t>(0) : std::nullopt;
  std::int64_t bytes = 0;
  while (true) {
    errno = 0;
    const dirent* const entry = ::readdir(opened.get());
    if (entry == nullptr) return errno == 0 ? std::optional(bytes) : std::nullopt;
    if (!std::string_view(entry->d_name).ends_with(kExtension)) continue;
    struct stat status = {};
    if (::fstatat(::dirfd(opened.get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;
      return std::nullopt;
    }
    constexpr std::int64_t kBlockBytes = 512;  // Of st_blocks, whatever the file system's own.
    if (S_ISREG(status.st_mode)) bytes += status.st_blocks * kBlockBytes;
  }
}

Spool::Spool(SpoolPlace place) : place_(std::move(place)) {}

std::filesystem::path Spool::file_of(const std::string& name) const {
  return place_.folder / (name + kExtension);
}

FileDescriptor Spool::open(const std::string& name) const {
  const std::string shown = "the spool in " + place_.folder.string();
  if (!place_.job) return open_unnamed(place_.folder, shown);
  FileDescriptor named = FileDescriptor::open_to_update(file_of(name));
  named.call(shown);
  return named;
}

std::int64_t Spool::found_bytes() const {
  return place_.job ? spooled_bytes(place_.folder).value_or(0) : 0;
}

bool Spool::has(const std::string& name) const {
  std::error_code ignored;
  return place_.job && std::filesystem::exists(file_of(name), ignored);
}

void Spool::remove(const std::string& name) {
  std::error_code ignored;
  if (place_.job) std::filesystem::remove(file_of(name), ignored);
}

bool Spool::take_memory(std::int64_t bytes) {
  if (place_.job) return false;
  if (memory_bytes_.fetch_add(bytes) + bytes <= place_.memory_limit_bytes) return true;
  memory_bytes_ -= bytes;
  return false;
}

void Spool::give_memory_back(std::int64_t bytes) { memory_bytes_ -= bytes; }

void Spool::note_usage() {
  const std::lock_guard lock(mutex_);
  // The named files of a job outlast their stores.
  std::int64_t bytes = found_bytes();
  for (const RecordStore* store : stores_) bytes += place_.job ? 0 : store->disk_bytes();
  peak_disk_bytes_ = std::max(peak_disk_bytes_, bytes);
}

std::int64_t Spool::peak_disk_bytes() const {
  const std::lock_guard lock(mutex_);
  return peak_disk_bytes_;
}

RecordStore::RecordStore(Spool& spool, const std::string& name, std::size_t record_bytes)
    : spool_(spool), name_(name), record_bytes_(record_bytes) {
  if (spool.place().job) file_.emplace(spool.open(name), record_bytes, *spool.place().job);
  const std::lock_guard lock(spool.mutex_);
  spool.stores_.insert(this);
}

RecordStore::~RecordStore() {
  {
    const std::lock_guard lock(spool_.mutex_);
    spool_.stores_.erase(this);
  }
  for (const auto& record : memory_) {
    if (record) spool_.give_memory_back(static_cast<std::int64_t>(record_bytes_));
  }
}

bool RecordStore::on_disk() const {
  const std::lock_guard lock(mutex_);
  return file_.has_value();
}

std::int64_t RecordStore::disk_bytes() const {
  const std::lock_guard lock(mutex_);
  return file_ ? file_->disk_bytes() : 0;
}

void RecordStore::move_to_disk() {
  file_.emplace(spool_.open(name_), record_bytes_, kNoJob);
  for (std::size_t i = 0; i < memory_.size(); ++i) {
    if (!memory_[i]) continue;
    file_->write(static_cast<std::int64_t>(i), {memory_[i].get(), record_bytes_});
    memory_[i].reset();
    spool_.give_memory_back(static_cast<std::int64_t>(record_bytes_));
  }
  memory_.clear();
}

void RecordStore::write(std::int64_t index, std::span<const std::byte> record) {
  if (index < 0 || record.size() != record_bytes_) {
    throw Error(ErrorKind::kFailed, "a store of records of " + std::to_string(record_bytes_) +
                                        " bytes takes no record " + std::to_string(index) + " of " +
                                        std::to_string(record.size()));
  }
  try {
    put(index, record);
  } catch (const Error&) {
    const std::int64_t expected = spool_.expected_bytes_;
    if (expected == 0) throw;
    std::throw_with_nested(Error(
        ErrorKind::kOutput,
        "the spool takes " + format_bytes(static_cast<double>(expected)) + " of disk in all"));
  }
}

void RecordStore::put(std::int64_t index, std::span<const std::byte> record) {
  const std::lock_guard lock(mutex_);
  const auto place = static_cast<std::size_t>(index);
  if (!file_ && !(place < memory_.size() && memory_[place])) {
    if (spool_.take_memory(static_cast<std::int64_t>(record_bytes_))) {
      if (place >= memory_.size()) memory_.resize(place + 1);
      memory_[place] = std::make_unique_for_overwrite<std::byte[]>(record_bytes_);
    } else {
      move_to_disk();
    }
  }
  if (file_) {
    file_->write(index, record);
  } else {
    std::memcpy(memory_[place].get(), record.data(), record_bytes_);
  }
}

bool RecordStore::read(std::int64_t index, std::span<std::byte> record) const {
  const std::lock_guard lock(mutex_);
  if (file_) return file_->read(index, record);
  const auto place = static_cast<std::size_t>(index);
  if (index < 0 || place >= memory_.size() || !memory_[place]) return false;
  std::memcpy(record.data(), memory_[place].get(), std::min(record.size(), record_bytes_));
  return true;
}

void RecordStore::release(std::int64_t index) {
  const std::lock_guard lock(mutex_);
  if (file_) {
    file_->release(index);
    return;
  }
  const auto place = static_cast<std::size_t>(index);
  if (place >= memory_.size() || !memory_[place]) return;
  memory_[place].reset();
  spool_.give_memory_back(static_cast<std::int64_t>(record_bytes_));
}

}  // namespace rollingdepth
