#include "jobs/shard.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <limits>
#include <utility>

#include "base/printable.hpp"
#include "base/value_checks.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

/// How a launcher tells a task its number. Variables that it does not have are "".
struct Launcher {
  const char* task;  ///< For messages: "Slurm array task".
  const char* id;
  const char* first;
  const char* last;
  const char* step;
  const char* count;
  std::int64_t usual_first;  ///< Where no variable says it.
  const char* no_array;      ///< What `id` holds in jobs that are no array.
};

// Sources: sbatch(1) of Slurm 22.05; PBS Professional's and Torque's guides to job arrays; qsub(1)
// of Grid Engine; LSF's reference of variables (LSB_JOBINDEX is 0 for all other jobs; its arrays
// begin at 1 or higher, and no variable says where); Kubernetes, "Indexed Job"; AWS Batch, "Job
// environment variables"; Google Batch, "TaskGroup"; Cloud Run, "Container runtime contract";
// HyperQueue, "Task arrays"; parallel(1).
constexpr std::array kLaunchers{
    Launcher{"Slurm array task", "SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN",
             "SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_STEP", "SLURM_ARRAY_TASK_COUNT", 1, ""},
    Launcher{"PBS array task", "PBS_ARRAY_INDEX", "", "", "", "", 1, ""},
    Launcher{"Torque array task", "PBS_ARRAYID", "", "", "", "", 1, ""},
    Launcher{"Grid Engine array task", "SGE_TASK_ID", "SGE_TASK_FIRST", "SGE_TASK_LAST",
             "SGE_TASK_STEPSIZE", "", 1, "undefined"},
    Launcher{"LSF array task", "LSB_JOBINDEX", "", "LSB_JOBINDEX_END", "LSB_JOBINDEX_STEP", "", 1,
             "0"},
    Launcher{"Kubernetes job index", "JOB_COMPLETION_INDEX", "", "", "", "", 0, ""},
    Launcher{"AWS Batch array task", "AWS_BATCH_JOB_ARRAY_INDEX", "", "", "",
             "AWS_BATCH_JOB_ARRAY_SIZE", 0, ""},
    Launcher{"Google Batch task", "BATCH_TASK_INDEX", "", "", "", "BATCH_TASK_COUNT", 0, ""},
    Launcher{"Cloud Run task", "CLOUD_RUN_TASK_INDEX", "", "", "", "CLOUD_RUN_TASK_COUNT", 0, ""},
    Launcher{"HyperQueue task", "HQ_TASK_ID", "", "", "", "", 1, ""},
    Launcher{"GNU parallel job", "PARALLEL_SEQ", "", "", "", "", 1, ""},
};

/// Digits only; unset for all else and for numbers beyond int64.
std::optional<std::int64_t> whole_number(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || !std::all_of(text.begin(), text.end(), is_digit)) return std::nullopt;
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

[[noreturn]] void refuse(const std::string& why) {
  throw Error(ErrorKind::kUsage, "--shard auto: " + why);
}

/// What a message proposes wherever variables do not say enough.
constexpr const char* kSayIt = "--shard I/N says which part of how many, such as --shard 3/8";

/// The number in a variable, unset where the launcher has no such variable, or it is not set.
std::optional<std::int64_t> number_in(const EnvironmentLookup& environment, const char* name) {
  if (*name == '\0') return std::nullopt;
  const auto text = environment(name);
  if (!text || text->empty()) return std::nullopt;
  const auto value = whole_number(*text);
  // Sums of a few of them do not overflow either.
  if (!value || *value > std::numeric_limits<std::int32_t>::max()) {
    refuse(std::string(name) + " is '" + printable(*text) + "', no task's number; " + kSayIt);
  }
  return value;
}

bool has_started(const Launcher& launcher, const EnvironmentLookup& environment) {
  const auto text = environment(launcher.id);
  return text && !text->empty() && *text != launcher.no_array;
}

/// The one whose task this is.
const Launcher& found_launcher(const EnvironmentLookup& environment) {
  const Launcher* found = nullptr;
  for (const Launcher& launcher : kLaunchers) {
    if (!has_started(launcher, environment)) continue;
    if (found != nullptr) {
      refuse(std::string("both ") + found->id + " and " + launcher.id +
             " are set, and one of them is of a launcher around the other; " + kSayIt);
    }
    found = &launcher;
  }
  if (found != nullptr) return *found;
  std::string looked_for;
  for (const std::string& name : shard_variables()) looked_for += ' ' + name;
  refuse("this is no task of a scheduler's array; looked for" + looked_for + "; " + kSayIt);
}

/// The numbers that the tasks of an array have.
struct TaskNumbers {
  std::int64_t first = 0;
  std::int64_t step = 1;
  std::optional<std::int64_t> count;  ///< Unset where no variable says it.
};

/// Of "1,2,5" a scheduler says the first, the last and how many: a task cannot tell its place.
void require_evenly_spaced(const TaskNumbers& numbers, std::int64_t last) {
  const std::int64_t count = numbers.count.value_or(0);
  if (last == numbers.first + (count - 1) * numbers.step) return;
  refuse("the array's tasks are not numbered evenly: " + std::to_string(count) + " from " +
         std::to_string(numbers.first) + " to " + std::to_string(last) + "; " + kSayIt);
}

TaskNumbers task_numbers(const Launcher& launcher, const EnvironmentLookup& environment) {
  TaskNumbers numbers{
      .first = number_in(environment, launcher.first).value_or(launcher.usual_first),
      .step = std::max<std::int64_t>(number_in(environment, launcher.step).value_or(1), 1),
      .count = number_in(environment, launcher.count)};
  const auto last = number_in(environment, launcher.last);
  if (!last) return numbers;
  if (!numbers.count && *last >= numbers.first) {
    numbers.count = (*last - numbers.first) / numbers.step + 1;
  }
  // Others say no count, and their last may lie between two steps: 1-10:4.
  if (*launcher.count != '\0') require_evenly_spaced(numbers, *last);
  return numbers;
}

/// What both the scheduler and --shards say.
std::int64_t agreed_count(const Launcher& launcher, const TaskNumbers& numbers,
                          std::optional<std::int64_t> shards) {
  if (!numbers.count && !shards) {
    refuse(std::string(launcher.id) +
           " is set, but nothing says how many tasks there are: add --shards N");
  }
  if (numbers.count && shards && *numbers.count != *shards) {
    refuse("--shards " + std::to_string(*shards) + ", but the array that " + launcher.id +
           " belongs to has " + std::to_string(*numbers.count) +
           " tasks: leave --shards out, or give --shard I/" + std::to_string(*shards) +
           " instead of auto");
  }
  const std::int64_t count = numbers.count ? *numbers.count : *shards;
  if (count < 1 || count > kMostShards) {
    refuse("an array of " + std::to_string(count) + " tasks; there can be 1 to " +
           std::to_string(kMostShards));
  }
  return count;
}

}  // namespace

Shard parse_shard(std::string_view text) {
  const std::string shown = "--shard: '" + printable(text) + "' ";
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos) {
    throw Error(ErrorKind::kUsage, shown + "is no part I/N, such as 3/8, and not auto");
  }
  const auto part = whole_number(text.substr(0, slash));
  const auto count = whole_number(text.substr(slash + 1));
  if (!part || !count) {
    throw Error(ErrorKind::kUsage, shown + "is no part I/N of two whole numbers, such as 3/8");
  }
  if (*count < 1 || *count > kMostShards) {
    throw Error(ErrorKind::kUsage,
                shown + "names no number of parts (1 to " + std::to_string(kMostShards) + ")");
  }
  if (*part < 1 || *part > *count) {
    throw Error(ErrorKind::kUsage, shown + "is none of the parts 1 to " + std::to_string(*count) +
                                       ": they count from 1");
  }
  return {.index = *part - 1, .count = *count, .source = "--shard"};
}

std::optional<std::string> process_environment(const std::string& name) {
  const char* const value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

Shard detect_shard(const EnvironmentLookup& environment, std::optional<std::int64_t> shards) {
  if (shards) require_within("--shards", *shards, 1, kMostShards);
  const Launcher& launcher = found_launcher(environment);
  const std::int64_t id = number_in(environment, launcher.id).value_or(0);
  const TaskNumbers numbers = task_numbers(launcher, environment);
  const std::int64_t count = agreed_count(launcher, numbers, shards);
  const std::int64_t last = numbers.first + (count - 1) * numbers.step;
  const std::string range = std::to_string(numbers.first) + '-' + std::to_string(last);
  if (id < numbers.first || id > last || (id - numbers.first) % numbers.step != 0) {
    std::string steps;
    if (numbers.step > 1) steps.append(":").append(std::to_string(numbers.step));
    refuse(std::string(launcher.id) + " is " + std::to_string(id) + ", none of the tasks " + range +
           steps + ": number the array so, or give --shard I/N");
  }
  return {.index = (id - numbers.first) / numbers.step,
          .count = count,
          .source = std::string(launcher.task) + ' ' + std::to_string(id) + " of " + range};
}

std::vector<std::string> shard_variables() {
  std::vector<std::string> names;
  names.reserve(kLaunchers.size());
  for (const Launcher& launcher : kLaunchers) names.emplace_back(launcher.id);
  return names;
}

}  // namespace rollingdepth
