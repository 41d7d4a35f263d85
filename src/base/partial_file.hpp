#pragma once

#include <filesystem>
#include <mutex>

#include "base/file_descriptor.hpp"

namespace rollingdepth {

enum class PartialKind { kFile, kFolder };

/// A file, or a folder of files, that appears under its name only once complete: written as
/// `<name>.partial`, renamed by finish(), removed by the destructor otherwise. A link or a pipe
/// that has the partial name is removed, not followed. A file is made at once and locked, so that
/// of two processes one writes it. Thread-compatible.
class PartialFile {
 public:
  /// @throws Error(kOutput) where another process is writing the same file.
  explicit PartialFile(std::filesystem::path final_path, PartialKind kind = PartialKind::kFile);
  ~PartialFile();
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  /// Where to write meanwhile.
  [[nodiscard]] const std::filesystem::path& path() const { return partial_; }
  [[nodiscard]] const std::filesystem::path& final_path() const { return final_; }
  /// Renames to the final name. An older file is replaced at once; an older folder is renamed to
  /// `<name>.replaced` before, and removed after, so that one of the two is always whole.
  /// @throws Error(kOutput); what was there before is then there still.
  void finish();

 private:
  void forget() const noexcept;

  std::filesystem::path final_;
  std::filesystem::path partial_;
  std::filesystem::path absolute_;  // Of partial_: the working directory may go.
  FileDescriptor lock_;             // Of a file, where the file system has locks.
  bool finished_ = false;
};

/// The longest name beside `final_path` that writing it takes, while it is not finished.
/// @param is_folder whether a folder of files is written, which an older one makes room for.
std::filesystem::path longest_working_path(const std::filesystem::path& final_path, bool is_folder);

/// Removes what a killed process has left of the partial file of `final_path`, and of the temporary
/// files of libraries beside it. REQUIRES: no process is writing it.
void remove_leftovers(const std::filesystem::path& final_path);

/// Removes every file that a PartialFile of this process has not finished, for a process that is
/// about to end without unwinding. While the lock that it returns is held no PartialFile can be
/// made. Thread-safe.
[[nodiscard]] std::unique_lock<std::mutex> remove_partial_files();

}  // namespace rollingdepth
