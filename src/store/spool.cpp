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
#include "rollingdepth/error.hpp"

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

// What a plain file takes of the disk, 0 for anything else; nothing and errno where that cannot be
// told.
std::optional<std::int64_t> file_disk_bytes(int folder, const char* name) noexcept {
  struct stat status = {};
  if (::fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
  constexpr std::int64_t kBlockBytes = 512;  // Of st_blocks, whatever the file system's own.
  return S_ISREG(status.st_mode) ? status.st_blocks * kBlockBytes : 0;
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
    const std::optional<std::int64_t> taken = file_disk_bytes(::dirfd(opened.get()), entry->d_name);
    if (!taken && errno != ENOENT) return std::nullopt;
    bytes += taken.value_or(0);
  }
}

Spool::Spool(SpoolPlace place) : place_(std::move(place)), closed_bytes_(found_bytes()) {
  if (place_.job) {
    others_ = std::make_unique<ShardFiles>(place_.folder, place_.writer, *place_.job);
  }
}

std::filesystem::path Spool::file_of(const std::string& name) const {
  return place_.folder / spool_file_name(place_.writer, name);
}

bool Spool::others_have(const std::string& name, std::size_t record_bytes,
                        std::int64_t index) const {
  return others_ && others_->has(name, record_bytes, index);
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
  const std::string stored = prefix_ + name;
  return place_.job &&
         (std::filesystem::exists(file_of(stored), ignored) || !others_->files_of(stored).empty());
}

void Spool::remove_all(const std::string& prefix) {
  if (!place_.job) return;
  std::set<std::string> names;
  std::error_code problem;
  for (std::filesystem::directory_iterator entry(place_.folder, problem), end;
       !problem && entry != end; entry.increment(problem)) {
    std::string store = parse_spool_file_name(entry->path().filename().string()).store;
    if (store.starts_with(prefix)) names.insert(std::move(store));
  }
  for (const std::string& name : names) remove_stored(name);
}

void Spool::remove_stored(const std::string& name) {
  if (!place_.job) return;
  const std::lock_guard lock(mutex_);
  std::vector<std::filesystem::path> files = {file_of(name)};
  if (place_.writer.empty()) {
    const std::vector<std::filesystem::path> others = others_->files_of(name);
    files.insert(files.end(), others.begin(), others.end());
  }
  for (const std::filesystem::path& file : files) {
    const std::int64_t bytes = file_disk_bytes(AT_FDCWD, file.c_str()).value_or(0);
    std::error_code ignored;
    if (std::filesystem::remove(file, ignored)) closed_bytes_ -= bytes;
  }
}

bool Spool::take_memory(std::int64_t bytes) {
  if (place_.job) return false;
  if (memory_bytes_.fetch_add(bytes) + bytes <= place_.memory_limit_bytes) return true;
  memory_bytes_ -= bytes;
  return false;
}

void Spool::give_memory_back(std::int64_t bytes) { memory_bytes_ -= bytes; }

// The named files of a job outlast their stores; a look at all of them would take longer with every
// chunk.
std::int64_t Spool::files_bytes() const {
  std::int64_t bytes = closed_bytes_;
  for (const RecordStore* store : stores_) bytes += store->disk_bytes();
  return bytes;
}

std::int64_t Spool::taken_bytes() const {
  const std::lock_guard lock(mutex_);
  return place_.job ? files_bytes() : 0;
}

void Spool::note_usage() {
  const std::lock_guard lock(mutex_);
  peak_disk_bytes_ = std::max(peak_disk_bytes_, files_bytes());
}

std::int64_t Spool::peak_disk_bytes() const {
  const std::lock_guard lock(mutex_);
  return peak_disk_bytes_;
}

RecordStore::RecordStore(Spool& spool, const std::string& name, std::size_t record_bytes)
    : spool_(spool), name_(spool.prefix_ + name), record_bytes_(record_bytes) {
  // One of several writers has no part of most stores.
  std::error_code ignored;
  const bool opens = spool.place().job && (spool.place().writer.empty() ||
                                           std::filesystem::exists(spool.file_of(name_), ignored));
  if (opens) file_.emplace(spool.open(name_), record_bytes, *spool.place().job);
  const std::lock_guard lock(spool.mutex_);
  if (opens) spool.closed_bytes_ -= file_->disk_bytes();
  spool.stores_.insert(this);
}

RecordStore::~RecordStore() {
  {
    const std::lock_guard lock(spool_.mutex_);
    spool_.stores_.erase(this);
    try {
      if (spool_.place().job && file_) spool_.closed_bytes_ += file_->disk_bytes();
    } catch (const Error&) {  // A figure for the report is too small then.
    }
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
  file_.emplace(spool_.open(name_), record_bytes_, spool_.place().job.value_or(kNoJob));
  for (std::size_t i = 0; i < memory_.size(); ++i) {
    if (!memory_[i]) continue;
    const auto index = static_cast<std::int64_t>(i);
    file_->write(index, {memory_[i].get(), record_bytes_});
    note_seen(index);
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
    note_seen(index);
  } else {
    std::memcpy(memory_[place].get(), record.data(), record_bytes_);
  }
}

bool RecordStore::in_memory(std::int64_t index) const {
  const auto place = static_cast<std::size_t>(index);
  return index >= 0 && place < memory_.size() && memory_[place];
}

bool RecordStore::was_seen(std::int64_t index) const {
  const auto place = static_cast<std::size_t>(index);
  return index >= 0 && place < seen_.size() && seen_[place];
}

void RecordStore::note_seen(std::int64_t index, bool seen) const {
  const auto place = static_cast<std::size_t>(index);
  if (place >= seen_.size()) {
    if (!seen) return;
    seen_.resize(place + 1);
  }
  seen_[place] = seen;
}

bool RecordStore::has_in_file(std::int64_t index) const {
  return (file_ && file_->has(index)) || spool_.others_have(name_, record_bytes_, index);
}

bool RecordStore::read_file(std::int64_t index, std::span<std::byte> record) const {
  const bool whole = (file_ && file_->read(index, record)) ||
                     (spool_.others_ && spool_.others_->read(name_, index, record));
  if (whole) note_seen(index);
  return whole;
}

bool RecordStore::has(std::int64_t index) const {
  if (spool_.distrusts_) return is_whole(index);
  const std::lock_guard lock(mutex_);
  return in_memory(index) || was_seen(index) || has_in_file(index);
}

bool RecordStore::is_whole(std::int64_t index) const {
  const std::lock_guard lock(mutex_);
  if (in_memory(index) || was_seen(index)) return true;
  if (!has_in_file(index)) return false;  // No memory for what is not there.
  std::vector<std::byte> record(record_bytes_);
  return read_file(index, record);
}

bool RecordStore::read(std::int64_t index, std::span<std::byte> record) const {
  const std::lock_guard lock(mutex_);
  if (!in_memory(index)) return read_file(index, record);
  std::memcpy(record.data(), memory_[static_cast<std::size_t>(index)].get(),
              std::min(record.size(), record_bytes_));
  return true;
}

void RecordStore::release(std::int64_t index) {
  const std::lock_guard lock(mutex_);
  if (file_) {
    file_->release(index);
    note_seen(index, false);
    return;
  }
  if (!in_memory(index)) return;
  memory_[static_cast<std::size_t>(index)].reset();
  spool_.give_memory_back(static_cast<std::int64_t>(record_bytes_));
}

}  // namespace rollingdepth
