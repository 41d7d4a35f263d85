#pragma once

#include <c10/core/Device.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/crew.hpp"
#include "rollingdepth/method.hpp"
#include "rollingdepth/worker.hpp"

namespace rollingdepth {

/// What decides on the workers of a clip.
struct WorkerNeeds {
  std::optional<int> asked;  ///< >= 1, of all devices together; unset: chosen.
  int threads = 1;           ///< Of all workers together, on CPU; >= 1.
  /// Of an operation, where that was decided elsewhere; on CPU.
  std::optional<int> operation_threads = {};
  bool can_share_units = true;
  NetworkMemory memory;                         ///< Of one worker.
  std::optional<std::int64_t> free_bytes = {};  ///< On CPU; unset: unknown.
};

/// Who computes. On GPUs one worker each, unless more are asked for. On a CPU the networks' size
/// alone decides how many threads an operation has, so that a clip has the same bytes whatever else
/// the machine does: small networks one thread and a worker for each core that memory allows, since
/// threads that share an operation wait for each other at its end; large ones all threads and one
/// worker, whose operations are long.
/// @param devices as they are to work: one at least, of one kind, each once.
std::vector<Worker> choose_workers(const std::vector<c10::Device>& devices,
                                   const WorkerNeeds& needs);

/// What is to be said of workers that were asked for and will not fit into the free memory; else
/// empty.
std::string memory_warning(const std::vector<Worker>& workers, const WorkerNeeds& needs);

/// Each under a number and the name of its device.
std::vector<CrewMember> crew_members(const std::vector<Worker>& workers);

/// "2 workers", "2 workers of 4 threads", "4 threads", "3 GPUs": for people.
std::string workers_text(const std::vector<Worker>& workers);

}  // namespace rollingdepth
