#include "nn/workers.hpp"

#include <algorithm>

#include "base/byte_size.hpp"

namespace rollingdepth {
namespace {

// Of parameters in memory, for operations that are over before sharing them pays. The default model
// lies below, the small Video-Depth-Anything above, which gains nothing (docs/benchmarks.md).
constexpr double kSmallBytes = 40e6;
// Of free memory, for the calls of all workers: other programs have use for the rest.
constexpr double kShareOfMemory = 0.5;

std::string counted(std::size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

// How many fit beside each other, one at least.
int fitting(const WorkerNeeds& needs) {
  if (!needs.free_bytes || needs.memory.call_bytes <= 0) return needs.threads;
  const double left =
      static_cast<double>(*needs.free_bytes) * kShareOfMemory - needs.memory.parameter_bytes;
  return std::clamp(static_cast<int>(left / needs.memory.call_bytes), 1, needs.threads);
}

std::vector<Worker> on_cpu(const WorkerNeeds& needs) {
  if (needs.operation_threads) {
    const int each = *needs.operation_threads;
    const int count =
        needs.asked.value_or(std::min(std::max(1, needs.threads / each), fitting(needs)));
    return std::vector<Worker>(static_cast<std::size_t>(count), {.threads = each});
  }
  const bool small = needs.memory.parameter_bytes <= kSmallBytes;
  if (needs.asked) {
    const int each = std::max(1, needs.threads / *needs.asked);
    return std::vector<Worker>(static_cast<std::size_t>(*needs.asked), {.threads = each});
  }
  if (!small) return {{.threads = needs.threads}};
  return std::vector<Worker>(static_cast<std::size_t>(fitting(needs)), {.threads = 1});
}

}  // namespace

std::vector<Worker> choose_workers(const std::vector<c10::Device>& devices,
                                   const WorkerNeeds& needs) {
  if (!needs.can_share_units) {
    return {
        {.device = devices.front(), .threads = needs.operation_threads.value_or(needs.threads)}};
  }
  if (devices.front().is_cpu()) return on_cpu(needs);
  std::vector<Worker> workers;
  const std::size_t count = needs.asked ? static_cast<std::size_t>(*needs.asked) : devices.size();
  for (std::size_t i = 0; i < count; ++i) {
    workers.push_back({.device = devices[i % devices.size()], .threads = 1});
  }
  return workers;
}

std::string memory_warning(const std::vector<Worker>& workers, const WorkerNeeds& needs) {
  if (!needs.asked || !needs.free_bytes || !workers.front().device.is_cpu()) return {};
  const double needed =
      needs.memory.parameter_bytes + static_cast<double>(workers.size()) * needs.memory.call_bytes;
  if (needed <= static_cast<double>(*needs.free_bytes)) return {};
  return workers_text(workers) + " need about " + format_bytes(needed) + " of memory, and " +
         format_bytes(static_cast<double>(*needs.free_bytes)) + " are free";
}

std::vector<CrewMember> crew_members(const std::vector<Worker>& workers) {
  std::vector<CrewMember> members;
  for (const Worker& worker : workers) {
    members.push_back(
        {.name = "worker " + std::to_string(members.size() + 1) + " (" + worker.device.str() + ")",
         .threads = worker.threads});
  }
  return members;
}

std::string workers_text(const std::vector<Worker>& workers) {
  const Worker& first = workers.front();
  if (!first.device.is_cpu()) {
    return workers.size() == 1 ? first.device.str() : counted(workers.size(), "worker");
  }
  const std::string threads = counted(static_cast<std::size_t>(first.threads), "thread");
  if (workers.size() == 1) return threads;
  return counted(workers.size(), "worker") + (first.threads == 1 ? "" : " of " + threads);
}

}  // namespace rollingdepth
