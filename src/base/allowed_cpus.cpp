#include "base/allowed_cpus.hpp"

#if defined(__linux__)
#include <sched.h>
#endif

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>
#include <thread>
#include <utility>

#include "base/control_groups.hpp"
#include "base/formatted.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

// Two hyper-threads share one set of vector units, so a second thread on a core costs more than it
// gives.
int physical_cores([[maybe_unused]] const fs::path& root) {
#if defined(__linux__)
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  std::set<std::pair<int, int>> cores;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) == 0) {
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (!CPU_ISSET(cpu, &allowed)) continue;
      const fs::path topology =
          root / "sys/devices/system/cpu" / ("cpu" + std::to_string(cpu)) / "topology";
      std::ifstream package(topology / "physical_package_id");
      std::ifstream core(topology / "core_id");
      int package_id = 0;
      int core_id = 0;
      if (!(package >> package_id) || !(core >> core_id)) core_id = cpu;
      cores.emplace(package_id, core_id);
    }
  }
  if (!cores.empty()) return static_cast<int>(cores.size());
#endif
  return static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
}

}  // namespace

// 1.5 CPUs make two threads: both run for three quarters of every period and are stopped together
// for the rest, which is half as much again as one thread gets done. Rounding down would leave the
// half unused.
int AllowedCpus::threads() const {
  if (!quota || *quota >= cores) return cores;
  return std::max(1, static_cast<int>(std::ceil(*quota)));
}

std::string AllowedCpus::text() const {
  std::string text = std::to_string(cores) + (cores == 1 ? " core" : " cores");
  if (quota && *quota < cores) {
    text += formatted(", limited to %.3g CPU%s by a quota", *quota, *quota == 1 ? "" : "s");
  }
  return text;
}

AllowedCpus allowed_cpus(const fs::path& root) {
  return {.cores = physical_cores(root), .quota = cpu_quota(root)};
}

}  // namespace rollingdepth
