#include "base/resident_memory.hpp"

#ifdef __APPLE__
#include <mach/mach.h>
#else
#include <unistd.h>

#include <fstream>
#endif

namespace rollingdepth {

#ifdef __APPLE__

std::optional<std::int64_t> resident_bytes() {
  mach_task_basic_info info = {};
  mach_msg_type_number_t size = MACH_TASK_BASIC_INFO_COUNT;
  auto* const words = reinterpret_cast<task_info_t>(&info);
  if (task_info(mach_task_self(), MACH_TASK_BASIC_INFO, words, &size) != KERN_SUCCESS) {
    return std::nullopt;
  }
  return static_cast<std::int64_t>(info.resident_size);
}

#else

std::optional<std::int64_t> resident_bytes() {
  // Pages: of the whole address space, then of what is resident.
  std::ifstream statistics("/proc/self/statm");
  std::int64_t all_pages = 0, resident_pages = 0;
  if (!(statistics >> all_pages >> resident_pages)) return std::nullopt;
  return resident_pages * sysconf(_SC_PAGESIZE);
}

#endif

}  // namespace rollingdepth
