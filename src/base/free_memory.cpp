#include "base/free_memory.hpp"

#include <algorithm>
#include <fstream>
#include <string>

#include "base/control_groups.hpp"

namespace rollingdepth {

std::optional<std::int64_t> free_memory_bytes(const std::filesystem::path& root) {
  std::optional<std::int64_t> free;
  std::ifstream facts(root / "proc/meminfo");
  std::int64_t kibibytes = 0;
  std::string unit;
  for (std::string name; facts >> name >> kibibytes && std::getline(facts, unit);) {
    if (name == "MemAvailable:") free = kibibytes * 1024;
  }
  if (const auto left = memory_left_bytes(root)) free = std::min(free.value_or(*left), *left);
  return free;
}

}  // namespace rollingdepth
