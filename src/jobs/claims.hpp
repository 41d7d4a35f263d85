#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace rollingdepth {

/// Which parts of a job processes have taken for themselves: a file `part-N.claim` each, made by
/// one and touched while it works. One that nobody has touched for a while is taken over, and one
/// of a process of this machine that has ended at once. A claim saves work and decides nothing: two
/// who do the same part do no harm. Not thread-safe.
class Claims {
 public:
  /// @param writer of this process, unique. @param stale after which a claim counts no more.
  Claims(std::filesystem::path job_folder, std::string writer,
         std::chrono::seconds stale = std::chrono::minutes(10));
  /// Gives back what is held.
  ~Claims();
  Claims(const Claims&) = delete;
  Claims& operator=(const Claims&) = delete;

  /// Takes a part, and gives back the one before. @return whether nobody else has it.
  /// @throws Error(kOutput) where the folder cannot be written.
  bool take(std::int64_t part);
  /// Says that this process is still at work.
  void touch() noexcept;
  void give_back() noexcept;

  /// Removes the claims of all processes.
  static void remove_all(const std::filesystem::path& job_folder) noexcept;

 private:
  [[nodiscard]] std::filesystem::path file_of(std::int64_t part) const;
  [[nodiscard]] std::filesystem::file_time_type now() const;
  [[nodiscard]] bool is_held(const std::filesystem::path& file) const;
  [[nodiscard]] bool make(const std::filesystem::path& file) const;
  /// Empty where it is given back at this moment.
  [[nodiscard]] static std::string owner_of(const std::filesystem::path& file);

  std::filesystem::path folder_;
  std::string writer_;
  std::chrono::seconds stale_;
  std::optional<std::int64_t> held_;
};

/// Whether a file of a job's folder is a claim, by its name.
bool is_claim(const std::filesystem::path& file);

}  // namespace rollingdepth
