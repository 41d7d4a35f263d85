#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace rollingdepth {

/// How much of the machine's processors this process may use.
struct AllowedCpus {
  int cores = 1;  ///< Physical cores among those of the affinity mask, >= 1.
  /// CPU seconds per second that the control groups (cgroups) of the process grant, > 0; nothing
  /// where they set no limit.
  std::optional<double> quota;

  /// Threads that are worth starting, 1 to `cores`: a part of a CPU counts as one more.
  [[nodiscard]] int threads() const;
  /// "4 cores"; where the quota leaves fewer: "4 cores, limited to 1.5 CPUs by a quota".
  [[nodiscard]] std::string text() const;
};

/// Asks the system anew at every call. Never fails: what cannot be read or understood limits
/// nothing. Outside Linux all processors count, and there is no quota.
/// @param root where /proc, /sys and the control groups are looked for.
AllowedCpus allowed_cpus(const std::filesystem::path& root = "/");

}  // namespace rollingdepth
