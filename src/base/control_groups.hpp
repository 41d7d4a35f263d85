#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace rollingdepth {

/// CPU seconds per second that Linux' control groups grant this process: the smallest quota of its
/// group and of those above, in version 1, version 2 or both; nothing where none is set or where
/// the files do not say so clearly.
/// @param root where /proc and what it names are looked for.
std::optional<double> cpu_quota(const std::filesystem::path& root);

/// Memory that the control groups still leave to this process: the smallest that a group has left
/// of its limit, files that it has read and not used since not counted; nothing where none is set.
/// @param root as above.
std::optional<std::int64_t> memory_left_bytes(const std::filesystem::path& root);

}  // namespace rollingdepth
