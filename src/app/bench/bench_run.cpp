#include <unistd.h>

#include <cmath>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "app/bench/bench_result.hpp"
#include "app/bench/child_run.hpp"
#include "app/console_progress.hpp"
#include "app/interrupt.hpp"
#include "app/json_text.hpp"
#include "app/model_search.hpp"
#include "app/run/inputs.hpp"
#include "app/run/output_place.hpp"
#include "app/run/outputs.hpp"
#include "app/text_file.hpp"
#include "base/json_reader.hpp"
#include "decode/depth_clip.hpp"
#include "measure/comparison.hpp"
#include "method/rolling_depth/model.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// "model name" of the first processor on Linux.
std::string processor_name() {
  std::ifstream stream("/proc/cpuinfo");
  for (std::string line; std::getline(stream, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "";
}

/// Mean absolute difference of the depth from the reference's once both have one scale and shift,
/// as a share of the reference's range.
double alignment_error(const fs::path& reference, const fs::path& depth) {
  ComparisonOptions options;
  options.alignment = DepthAlignment::kAffine;
  options.resize = true;
  const auto truth = open_depth_clip(reference);
  const auto candidate = open_depth_clip(depth);
  SilentProgress progress;
  const ClipComparison comparison =
      compare_clips({.reference = *truth, .candidate = *candidate}, options, progress);
  const double range = comparison.reference.max - comparison.reference.min;
  return range > 0 ? comparison.metrics[Metric::kMae] / range : 0;
}

/// What is known before the first run.
BenchResult planned_result(const BenchCommand& command) {
  BenchResult result;
  result.clip = command.clip;
  result.repeats = command.repeats;
  result.reference = command.reference;
  result.processor = processor_name();
  result.common = command.common;
  for (const BenchSetting& setting : command.settings) {
    result.settings.emplace_back().setting = setting;
  }
  return result;
}

/// A gate that compares other things would say nothing.
void require_same(const BenchResult& before, const BenchResult& after,
                  const BenchCommand& command) {
  const std::vector<std::string> differences = bench_differences(before, after);
  if (!command.gate || differences.empty()) return;
  throw Error(ErrorKind::kInput, "--gate: cannot compare with " + command.baseline->string() +
                                     ": " + differences.front());
}

/// One `rollingdepth bench`.
class BenchSession {
 public:
  BenchSession(const BenchCommand& command, Console& console)
      : command_(command),
        console_(console),
        progress_(console, &interrupt_requested),
        // Never finished: a folder that goes when this object goes, or when the process is stopped.
        folder_((command.work_dir.empty() ? fs::temp_directory_path() : command.work_dir) /
                    ("rollingdepth-bench-" + std::to_string(getpid())),
                PartialKind::kFolder) {
    // The report of a run is found by its input's name.
    const InputPlan plan = plan_inputs({command.clip}, false, kDefaultImageRate);
    if (!plan.problems.empty()) throw Error(ErrorKind::kInput, plan.problems.front());
    if (plan.inputs.size() != 1) {
      throw Error(ErrorKind::kInput, "bench: " + command.clip + " is not one clip");
    }
    stem_ = plan.inputs.front().stem;
    prepare_output_folder(folder_.path());
  }

  BenchResult execute() {
    BenchResult result = planned_result(command_);
    const auto total = static_cast<std::int64_t>(command_.settings.size()) * command_.repeats +
                       (command_.reference.empty() ? 0 : 1);
    progress_.begin("bench", total, "runs");
    // First, so that it also warms the disk's cache up for the others.
    if (!command_.reference.empty()) {
      run({"reference", {"--quality", command_.reference}}, folder_.path() / "reference");
    }
    for (int repeat = 0; repeat < command_.repeats; ++repeat) {
      for (std::size_t i = 0; i < result.settings.size(); ++i) {
        // Another one begins each time, so that none always follows the same.
        const std::size_t turn = (i + static_cast<std::size_t>(repeat)) % result.settings.size();
        add_run(result.settings[turn], turn, repeat == 0, result);
      }
    }
    progress_.end("");
    return result;
  }

 private:
  /// What its log says becomes part of this one's, also where it fails or is stopped.
  void run_logged(const std::vector<std::string>& arguments, const std::string& name,
                  const fs::path& log) {
    const auto record = [&] {
      std::ifstream stream(log);
      for (std::string line; std::getline(stream, line);) {
        console_.record(command_.log.level.value_or(LogLevel::kDebug), name + " | " + line);
      }
      std::error_code ignored;
      fs::remove(log, ignored);
    };
    try {
      run_self(arguments, folder_.path() / "messages", progress_);
    } catch (...) {
      record();
      throw;
    }
    record();
  }

  Json run(const BenchSetting& setting, const fs::path& folder) {
    std::vector<std::string> arguments = {"-i", command_.clip, "--cmap", "", "--no-save-sbs"};
    const fs::path log = folder_.path() / "log";
    if (!command_.log.file.empty()) {
      const std::vector<std::string> words = log_arguments(command_.log, log);
      arguments.insert(arguments.end(), words.begin(), words.end());
    }
    arguments.insert(arguments.end(), command_.common.begin(), command_.common.end());
    arguments.insert(arguments.end(), setting.arguments.begin(), setting.arguments.end());
    // Last, because the last word counts: a run writes nowhere else.
    arguments.insert(arguments.end(),
                     {"-o", folder.string(), "--save-npy", "--overwrite", "--no-recursive"});
    with_context(ErrorKind::kFailed, "bench: setting '" + setting.name + "'",
                 [&] { run_logged(arguments, setting.name, log); });
    progress_.advance(++runs_);
    return read_json<Json>(folder / (stem_ + "_report.json"));
  }

  void add_run(BenchedSetting& benched, std::size_t index, bool first, BenchResult& result) {
    const fs::path folder = folder_.path() / std::to_string(index);
    const Json report = run(benched.setting, folder);
    BenchRun run{.seconds = report.at("seconds").get<double>(),
                 .frames_per_second = report.at("frames_per_second").get<double>(),
                 .peak_memory_bytes = report.at("peak_memory_bytes").get<double>(),
                 .stages = {}};
    for (const Json& stage : report.at("stages")) {
      run.stages.emplace_back(stage.at("stage").get<std::string>(),
                              stage.at("seconds").get<double>());
    }
    benched.runs.push_back(std::move(run));
    if (!first) return;
    benched.frames = json_value<std::int64_t>(report.at("result").at("frames"));
    benched.threads = json_value<int>(report.at("model").at("threads"));
    benched.device = report.at("model").at("device").get<std::string>();
    result.model = report.at("model").at("name").get<std::string>() + " " +
                   report.at("model").at("hash").get<std::string>();
    if (!command_.reference.empty()) {
      const std::string depth = stem_ + "_pred.npy";
      benched.alignment_error = with_context(
          ErrorKind::kInput, "bench: setting '" + benched.setting.name + "'",
          [&] { return alignment_error(folder_.path() / "reference" / depth, folder / depth); });
    }
  }

  const BenchCommand& command_;
  Console& console_;
  ConsoleProgress progress_;
  PartialFile folder_;
  std::string stem_;
  std::int64_t runs_ = 0;
};

void print_lines(const std::vector<std::string>& lines, Console& console) {
  for (const std::string& line : lines) console.print(line);
}

/// Without what only models with an alignment have.
BenchCommand fitted_to_model(const BenchCommand& command) {
  const std::string kind = open_package(find_model(model_places(command.checkpoint))).info.kind;
  BenchCommand fitted = command;
  if (kind == kRollingDepthKind) return fitted;
  if (command.by_quality) {
    throw Error(ErrorKind::kUsage, "bench: qualities have no effect on models of kind '" + kind +
                                       "'; compare settings, as in --setting 'small: --res 280'");
  }
  fitted.reference = "";
  return fitted;
}

}  // namespace

bool run_bench_command(const BenchCommand& asked, Console& console) {
  const BenchCommand command = fitted_to_model(asked);
  if (command.quiet) console.set_verbosity(Verbosity::kQuiet);
  // What cannot be read fails before an hour of runs.
  std::optional<BenchResult> before;
  if (command.baseline) {
    before = read_bench_json(*command.baseline);
    require_same(*before, planned_result(command), command);
  }
  const bool json_is_result = command.json && *command.json == "-";
  if (command.json && !json_is_result) {
    require_output_file(write_target(*command.json));
    prepare_output_folder(folder_of(write_target(*command.json)));
  }

  const BenchResult result = BenchSession(command, console).execute();
  const std::string json = json_text(bench_json(result));
  // Before the file: an hour of runs must not be lost with it.
  if (json_is_result) {
    console.print_lines(json.substr(0, json.size() - 1));
  } else if (!command.quiet) {
    print_lines(bench_table(result), console);
  }
  if (command.json && !json_is_result) write_text_file(write_target(*command.json), json);
  if (!before) return true;
  require_same(*before, result, command);
  const BaselineComparison comparison = compare_with_baseline(*before, result);
  if (!json_is_result && !command.quiet) {
    console.print("");
    print_lines(comparison.lines, console);
  }
  if (comparison.regressions == 0) return true;
  const std::string line = std::to_string(comparison.regressions) +
                           (comparison.regressions == 1 ? " value is" : " values are") +
                           " worse than in " + command.baseline->string();
  if (!command.gate) {
    console.warn(line);
    return true;
  }
  console.error(line);
  return false;
}

}  // namespace rollingdepth
