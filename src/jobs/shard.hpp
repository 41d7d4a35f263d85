#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rollingdepth {

/// More parts than any scheduler's array has.
inline constexpr std::int64_t kMostShards = 10'000'000;

/// Which part of a clip a worker computes.
struct Shard {
  std::int64_t index = 0;  ///< From 0, below count.
  std::int64_t count = 1;  ///< 1 to kMostShards.
  std::string source;      ///< What said so: "--shard", "Slurm array task 3 of 1-8".
};

/// Reads the value of --shard, "3/8": counted from 1.
/// @throws Error(kUsage, "--shard: '9/8' …") for anything else.
Shard parse_shard(std::string_view text);

/// The value of a variable of the environment, unset where there is none.
using EnvironmentLookup = std::function<std::optional<std::string>(const std::string& name)>;

/// What the program was started with.
std::optional<std::string> process_environment(const std::string& name);

/// The part that a scheduler's array gives to this task, as its variables say: those of Slurm, PBS
/// Professional and OpenPBS, Torque, Grid Engine, LSF, an Indexed Job of Kubernetes, AWS Batch,
/// Google Batch, Cloud Run jobs, HyperQueue and GNU parallel.
///
/// Some say the number of a task only: `shards`, the value of --shards, says of how many. Numbers
/// are then taken to begin where that launcher's usually do: from 0 for Kubernetes, else from 1.
/// The variables of two launchers at once, as of GNU parallel inside a task of Slurm, are refused:
/// those of the outer one are inherited, and only the user knows which of them divides the clip.
/// @throws Error(kUsage) where no array is found, where its number of tasks is unknown or not
/// `shards`, or where its numbers are not evenly spaced.
Shard detect_shard(const EnvironmentLookup& environment, std::optional<std::int64_t> shards);

/// The variables that detect_shard looks for first, one a launcher.
std::vector<std::string> shard_variables();

}  // namespace rollingdepth
