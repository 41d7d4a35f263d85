#pragma once

#include <cstdint>
#include <filesystem>

namespace rollingdepth::live {

/// What a recording leaves free of its disk, so that it can still be finished: a live source does
/// not come again.
class DiskReserve {
 public:
  /// Keeps nothing where the disk has hardly more than that, or does not tell.
  /// @param file that is being written; messages name it.
  explicit DiskReserve(std::filesystem::path file);

  /// Whether the disk is so full that the file has to be finished now: what that takes, or the next
  /// pictures, are so many bytes.
  [[nodiscard]] bool is_reached(std::int64_t bytes_to_come) const;
  /// @throws Error(kOutput) that says so, of a file that is finished.
  [[noreturn]] void tell_of_the_end() const;

 private:
  std::filesystem::path file_;
  std::filesystem::path folder_;  // The working directory may go.
  bool is_kept_;
};

}  // namespace rollingdepth::live
