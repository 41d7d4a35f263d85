#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>

namespace rollingdepth::fuzz {

/// A folder of this process below TMPDIR, for what is read by its path; gone when the process ends.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  /// Puts the bytes into the place of an older file. @return its path.
  [[nodiscard]] std::filesystem::path file(const std::string& name,
                                           std::span<const std::uint8_t> bytes) const;

 private:
  std::filesystem::path path_;
};

/// The one of this process.
const ScratchFolder& scratch();

/// Runs what reads the input. An Error is an answer; anything else that it throws is a fault, which
/// libFuzzer sees as a crash.
void reading(const std::function<void()>& read);

}  // namespace rollingdepth::fuzz
