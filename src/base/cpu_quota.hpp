#pragma once

#include <filesystem>
#include <optional>

namespace rollingdepth {

/// CPU seconds per second that Linux' control groups grant this process: the smallest quota of its
/// group and of those above, in version 1, version 2 or both; nothing where none is set or where
/// the files do not say so clearly.
/// @param root where /proc and what it names are looked for.
std::optional<double> cpu_quota(const std::filesystem::path& root);

}  // namespace rollingdepth
