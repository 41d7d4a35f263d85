#include "base/file_descriptor.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

[[noreturn]] void fail(ErrorKind kind, const std::string& name, int code) {
  const char* doing = kind == ErrorKind::kInput ? "cannot read " : "cannot write ";
  throw Error(kind, doing + name + ": " + std::generic_category().message(code), retry_after(code));
}

// What is written goes where its name says: no link is followed, and no pipe waited for.
FileDescriptor open_plain(const std::filesystem::path& file, int flags, const std::string& name) {
  const int descriptor =
      ::open(file.c_str(), flags | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666);
  const int code = errno;
  FileDescriptor opened(descriptor, name);
  struct stat status = {};
  if (opened.is_open() && ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode)) {
    return opened;
  }
  if (!opened.is_open() && code != ELOOP && code != ENXIO) {
    fail(ErrorKind::kOutput, name, code);
  }
  throw Error(ErrorKind::kOutput,
              "cannot write " + name + ": it is a link or a pipe, not a plain file");
}

// Repeats `call(done)` until `size` bytes are through or it returns 0, the end of the file.
template <class Call>
std::size_t transfer(ErrorKind kind, const std::string& name, std::size_t size, Call&& call) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t moved = call(done);
    if (moved == 0) break;
    if (moved > 0) {
      done += static_cast<std::size_t>(moved);
    } else if (errno != EINTR) {
      fail(kind, name, errno);
    }
  }
  return done;
}

}  // namespace

FileDescriptor::FileDescriptor(int descriptor, std::string name)
    : descriptor_(descriptor), name_(std::move(name)) {}

FileDescriptor::~FileDescriptor() {
  if (is_open()) ::close(descriptor_);
}

FileDescriptor::FileDescriptor(FileDescriptor&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), name_(std::move(other.name_)) {}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(name_, other.name_);
  return *this;
}

FileDescriptor FileDescriptor::open_to_read(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) fail(ErrorKind::kInput, file.string(), errno);
  return {descriptor, file.string()};
}

FileDescriptor FileDescriptor::open_to_write(const std::filesystem::path& file,
                                             const std::filesystem::path& called) {
  return open_plain(file, O_WRONLY | O_TRUNC, called.empty() ? file.string() : called.string());
}

FileDescriptor FileDescriptor::open_to_update(const std::filesystem::path& file) {
  return open_plain(file, O_RDWR, file.string());
}

bool FileDescriptor::lies_at(const std::filesystem::path& path) const {
  struct stat held = {}, named = {};
  return ::fstat(descriptor_, &held) == 0 && ::lstat(path.c_str(), &named) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

void FileDescriptor::call(std::string name) { name_ = std::move(name); }

void FileDescriptor::write(const void* bytes, std::size_t size) {
  const auto* from = static_cast<const char*>(bytes);
  const std::size_t done = transfer(ErrorKind::kOutput, name_, size, [&](std::size_t at) {
    return ::write(descriptor_, from + at, size - at);
  });
  if (done < size) fail(ErrorKind::kOutput, name_, ENOSPC);
}

void FileDescriptor::write_at(const void* bytes, std::size_t size, std::int64_t offset_bytes) {
  const auto* from = static_cast<const char*>(bytes);
  const std::size_t done = transfer(ErrorKind::kOutput, name_, size, [&](std::size_t at) {
    return ::pwrite(descriptor_, from + at, size - at, offset_bytes + static_cast<off_t>(at));
  });
  if (done < size) fail(ErrorKind::kOutput, name_, ENOSPC);
}

std::size_t FileDescriptor::read(void* bytes, std::size_t size) const {
  auto* to = static_cast<char*>(bytes);
  return transfer(ErrorKind::kInput, name_, size,
                  [&](std::size_t at) { return ::read(descriptor_, to + at, size - at); });
}

bool FileDescriptor::read_at(void* bytes, std::size_t size, std::int64_t offset_bytes) const {
  auto* to = static_cast<char*>(bytes);
  return transfer(ErrorKind::kInput, name_, size, [&](std::size_t at) {
           return ::pread(descriptor_, to + at, size - at, offset_bytes + static_cast<off_t>(at));
         }) == size;
}

void FileDescriptor::release(std::int64_t offset_bytes, std::int64_t size) {
#ifdef FALLOC_FL_PUNCH_HOLE
  // Best effort: a file system without holes keeps the space until the file goes.
  (void)::fallocate(descriptor_, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset_bytes, size);
#else
  (void)offset_bytes;
  (void)size;
#endif
}

std::int64_t FileDescriptor::disk_bytes() const {
  struct stat status = {};
  if (::fstat(descriptor_, &status) != 0) fail(ErrorKind::kInput, name_, errno);
  constexpr std::int64_t kBlockBytes = 512;  // Of st_blocks, whatever the file system's own.
  return status.st_blocks * kBlockBytes;
}

void FileDescriptor::sync() {
  // EINVAL: a pipe, a device or a file system that has nothing to wait for.
  if (::fsync(descriptor_) != 0 && errno != EINVAL && errno != ENOTSUP) {
    fail(ErrorKind::kOutput, name_, errno);
  }
}

void FileDescriptor::close() {
  const int descriptor = std::exchange(descriptor_, -1);
  // Linux has released the descriptor even when it reports EINTR.
  if (descriptor >= 0 && ::close(descriptor) != 0 && errno != EINTR) {
    fail(ErrorKind::kOutput, name_, errno);
  }
}

}  // namespace rollingdepth
