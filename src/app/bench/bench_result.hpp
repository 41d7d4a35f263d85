#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/bench/bench_command.hpp"

namespace rollingdepth {

/// Seconds by stage, in the order of the run.
using StageSeconds = std::vector<std::pair<std::string, double>>;

/// What one run reported of itself.
struct BenchRun {
  double seconds = 0;  ///< Of the clip, without start-up and loading of the model.
  double frames_per_second = 0;
  double peak_memory_bytes = 0;
  StageSeconds stages;
};

/// 0 for a stage that the run did not have.
double stage_seconds(const BenchRun& run, const std::string& stage);

/// The runs of one setting, one after the other.
struct BenchedSetting {
  BenchSetting setting;
  std::vector<BenchRun> runs;
  std::optional<double> alignment_error;  ///< See alignment_error() in bench_run.cpp.
  std::int64_t frames = 0;                ///< 0 before the first run.
  int threads = 0;
  std::string device;

  /// The median of every number.
  [[nodiscard]] BenchRun median() const;
};

struct BenchResult {
  std::string clip;
  int repeats = 0;
  std::string reference;            ///< Empty where no alignment error was measured.
  std::string processor;            ///< Empty where the system does not tell.
  std::string model;                ///< Name and hash.
  std::vector<std::string> common;  ///< Arguments of every run.
  std::vector<BenchedSetting> settings;
};

/// The JSON that docs/compare.md describes.
nlohmann::ordered_json bench_json(const BenchResult& result);
/// @param name for messages. @throws Error(kInput) for anything but such a JSON.
BenchResult parse_bench_json(const std::string& name, const std::string& text);
/// @throws Error(kInput) also for a file that cannot be read.
BenchResult read_bench_json(const std::filesystem::path& file);

/// One line per setting and stage, for people.
std::vector<std::string> bench_table(const BenchResult& result);

/// What makes `before` another measurement than `after`, one line each: settings that it lacks or
/// that had other arguments, and another clip, model or machine.
std::vector<std::string> bench_differences(const BenchResult& before, const BenchResult& after);

/// Before and after, for people, and how many values became worse.
struct BaselineComparison {
  std::vector<std::string> lines;
  int regressions = 0;
};
/// A time or a peak memory is worse where every run is worse than every run before and the median
/// by more than 5 %; a time below 10 ms before and after is not looked at. Only the whole time and
/// the peak memory are counted: with a dozen stages, chance alone finds a worse one.
BaselineComparison compare_with_baseline(const BenchResult& before, const BenchResult& after);

}  // namespace rollingdepth
