#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace rollingdepth {

/// An open POSIX file, closed by its destructor. Every transfer is carried out in full, whatever
/// the system call returns in between. Thread-compatible.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  /// Takes over an open descriptor. @param name for messages.
  FileDescriptor(int descriptor, std::string name);
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept;
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;

  /// @throws Error(kInput) "cannot read <file>: <why>".
  static FileDescriptor open_to_read(const std::filesystem::path& file);
  /// Makes the file, or empties an older one. @throws Error(kOutput) "cannot write <file>: <why>",
  /// also where it is a link, a pipe or a device. @param called its name there, else `file`.
  static FileDescriptor open_to_write(const std::filesystem::path& file,
                                      const std::filesystem::path& called = {});
  /// The same to read and write, without emptying it.
  static FileDescriptor open_to_update(const std::filesystem::path& file);

  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }
  /// Whether it is what lies at `path`, not followed where that is a link: another process may have
  /// removed or replaced what was opened there.
  [[nodiscard]] bool lies_at(const std::filesystem::path& path) const;
  /// Gives it another name for messages.
  void call(std::string name);

  /// Appends. @throws Error(kOutput), for example on a full disk.
  void write(const void* bytes, std::size_t size);
  /// Writes at an offset. @throws Error(kOutput).
  void write_at(const void* bytes, std::size_t size, std::int64_t offset_bytes);
  /// Reads up to `size` bytes from the current position; fewer only at the end of the file.
  /// @throws Error(kInput).
  std::size_t read(void* bytes, std::size_t size) const;
  /// Reads exactly `size` bytes at an offset, or returns false where the file ends before.
  /// @throws Error(kInput).
  [[nodiscard]] bool read_at(void* bytes, std::size_t size, std::int64_t offset_bytes) const;
  /// Gives the disk space of a part back, where the file system can; it then reads as zeros.
  void release(std::int64_t offset_bytes, std::int64_t size);
  /// What the file takes of the disk: less than its size where it has holes. @throws Error(kInput).
  [[nodiscard]] std::int64_t disk_bytes() const;
  /// Waits until the file is on the disk. @throws Error(kOutput).
  void sync();
  /// Closes and reports what the file system kept to itself so far. @throws Error(kOutput).
  void close();

 private:
  int descriptor_ = -1;
  std::string name_;
};

}  // namespace rollingdepth
