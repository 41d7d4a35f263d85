#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace rollingdepth {

/// Where a spool keeps what it is given.
struct SpoolPlace {
  std::filesystem::path folder;                           ///< Where files go; must exist.
  std::int64_t memory_limit_bytes = 128LL * 1024 * 1024;  ///< What all stores hold in memory.
  /// Set: every record goes to a named file at once, and a later run of the same job finds it.
  /// Unset: what exceeds the limit goes to files without a name, gone however the process ends.
  std::optional<std::uint64_t> job;
  /// Set: one of several processes that work on the job at the same time, and write files of their
  /// own; unique, without '.'. Empty: the one that holds the job's lock.
  std::string writer = {};
};

}  // namespace rollingdepth
