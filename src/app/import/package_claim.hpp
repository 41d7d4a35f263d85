#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "base/file_descriptor.hpp"
#include "base/partial_file.hpp"

namespace rollingdepth {

/// The right to write a model package: its partial folder, which is empty at first and locked. The
/// kernel frees the lock of a process that ends, however it ends, so what such a one has left is
/// taken over. Without finish() all goes again, the folders above that were made for it too.
class PackageClaim {
 public:
  /// @return nullptr while another process has it. @throws Error(kOutput).
  static std::unique_ptr<PackageClaim> take(const std::filesystem::path& package);
  ~PackageClaim();
  PackageClaim(const PackageClaim&) = delete;
  PackageClaim& operator=(const PackageClaim&) = delete;

  /// Where to write meanwhile.
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_->path(); }
  /// Gives the package its name, in place of an older one. @throws Error(kOutput).
  void finish();

 private:
  PackageClaim() = default;
  void make_above(const std::filesystem::path& package);
  /// @return whether no other process has it.
  bool lock(const std::filesystem::path& partial);

  std::vector<std::filesystem::path> made_;  ///< Folders, outer ones first.
  std::optional<FileDescriptor> lock_;
  std::optional<PartialFile> folder_;  ///< Goes while it is locked.
};

}  // namespace rollingdepth
