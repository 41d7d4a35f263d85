#include "base/shared_work.hpp"

#include <ATen/Parallel.h>

#include <algorithm>
#include <atomic>

#include "base/step_team.hpp"

namespace rollingdepth {
namespace {

// Less work than this per thread is done sooner than another thread starts.
constexpr std::size_t kSamplesPerThread = 65536;
constexpr std::size_t kRange = 8;  // Frames of unequal cost even out.

}  // namespace

void share_work(std::size_t count, std::size_t samples,
                const std::function<void(std::size_t begin, std::size_t end)>& work) {
  const auto threads = static_cast<std::size_t>(std::max(at::get_num_threads(), 1));
  const std::size_t members = std::clamp<std::size_t>(samples / kSamplesPerThread, 1, threads);
  std::atomic<std::size_t> next = 0;
  StepTeam team("align", members, [&](std::size_t) {
    for (;;) {
      const std::size_t begin = next.fetch_add(kRange, std::memory_order_relaxed);
      if (begin >= count) return;
      work(begin, std::min(begin + kRange, count));
    }
  });
  team.run();
}

}  // namespace rollingdepth
