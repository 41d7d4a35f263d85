#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace rollingdepth {

/// Memory that this process can take without pushing other things out: what the system calls
/// available, and no more than its control groups leave; nothing where the system does not say.
/// @param root where /proc and the control groups are looked for.
std::optional<std::int64_t> free_memory_bytes(const std::filesystem::path& root = "/");

}  // namespace rollingdepth
