#include "app/bench/bench_command.hpp"

#include <algorithm>
#include <memory>
#include <set>

#include "align/co_align.hpp"
#include "app/command_line.hpp"
#include "app/option_table.hpp"
#include "app/run/outputs.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr int kMaxRepeats = 1000;

constexpr const char* kDescription =
    "Measures what settings cost on a clip: seconds per stage, frames per second, peak memory, "
    "and\n"
    "how far the alignment is from that of the best quality.\n";

constexpr const char* kFooter =
    "What follows -- are options of every run. Each is a process of its own that writes its .npy\n"
    "alone, unless these options ask for more.\n"
    "Settings take turns, and medians are shown. A value is worse than the baseline's where every "
    "run\nis worse than every run of the baseline and the median by more than 5 %. See "
    "docs/compare.md.\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 4 worse than the baseline (with --gate), 75\n"
    "stopped by a scheduler, 130 interrupted.";

/// "small: --res 256".
BenchSetting parse_setting(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || colon == 0) {
    throw Error(ErrorKind::kUsage, "--setting: '" + text +
                                       "' is not a name, a colon and options ('small: --res 256')");
  }
  return with_context(ErrorKind::kUsage, "--setting '" + text + "'", [&] {
    return BenchSetting{.name = text.substr(0, colon),
                        .arguments = split_words(text.substr(colon + 1))};
  });
}

BenchSetting quality_setting(const std::string& quality) {
  return {.name = quality, .arguments = {"--quality", quality}};
}

void declare_options(OptionTable& table, BenchCommand& command,
                     std::vector<BenchSetting>& qualities) {
  table.group("What is run");
  table.once("-i,--input", "CLIP", "A video, or a folder or %04d pattern of images", "",
             [&](const std::string& word) { command.clip = word; });
  table.many("--qualities", "NAME", "Qualities of the alignment to compare",
             "fast balanced quality", [&](const std::vector<std::string>& words) {
               for (const std::string& word : words) qualities.push_back(quality_setting(word));
             });
  table.many("--setting", "'NAME: OPTIONS'",
             "Instead of qualities: options of a run, such as 'small: --res 256'; repeatable", "",
             [&](const std::vector<std::string>& words) {
               for (const std::string& word : words) {
                 command.settings.push_back(parse_setting(word));
               }
             });
  table.number("--repeats", command.repeats, "Runs of each setting");
  table.one("--against", "NAME",
            "Quality of one more run, from which the alignment error is measured; none leaves it "
            "out",
            command.reference,
            [&](const std::string& word) { command.reference = word == "none" ? "" : word; });
  table.path("--work-dir", "DIR", "Where runs write, until the end",
             "the system's temporary folder",
             [&](std::filesystem::path path) { command.work_dir = std::move(path); });

  table.group("Output");
  table.path("--json", "FILE", "All numbers of every run; - is standard output", "",
             [&](std::filesystem::path path) { command.json = std::move(path); });
  table.path("--baseline", "FILE", "The JSON of an earlier bench: shows before and after", "",
             [&](std::filesystem::path path) { command.baseline = std::move(path); });
  table.boolean("--gate", command.gate, "Exit code 4 where something is worse than the baseline");
  table.boolean("--quiet", command.quiet, "No table and no progress");
  add_log_options(table, command.log);
}

/// A run of the clip with the common arguments and these.
CommandLine command_line_of(const BenchCommand& command, const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"-i", command.clip};
  arguments.insert(arguments.end(), command.common.begin(), command.common.end());
  arguments.insert(arguments.end(), more.begin(), more.end());
  return parse_command_line(arguments);
}

/// The arguments of a setting must be those of a run.
void require_runnable(const BenchSetting& setting, const BenchCommand& command) {
  with_context(ErrorKind::kUsage, "bench: setting '" + setting.name + "'", [&] {
    const CommandLine line = command_line_of(command, setting.arguments);
    if (line.request != Request::kRun || line.options.dry_run || line.options.inputs.size() != 1) {
      throw Error(ErrorKind::kUsage, "not the options of a run of one clip");
    }
    (void)line.options.alignment.options();
  });
}

void validate(const BenchCommand& command) {
  command.log.validate();
  if (command.clip.empty()) throw Error(ErrorKind::kUsage, "bench: no clip (give one with -i)");
  if (command.repeats < 1 || command.repeats > kMaxRepeats) {
    throw Error(ErrorKind::kUsage, "--repeats: " + std::to_string(command.repeats) +
                                       " is not within 1 to " + std::to_string(kMaxRepeats));
  }
  if (command.gate && !command.baseline) {
    throw Error(ErrorKind::kUsage, "--gate: needs --baseline");
  }
  if (command.json && *command.json != "-") {
    with_context(ErrorKind::kUsage, "bench",
                 [&] { require_plain_file(*command.json, {command.clip}); });
  }
  std::set<std::string> names;
  for (const BenchSetting& setting : command.settings) {
    if (!names.insert(setting.name).second) {
      throw Error(ErrorKind::kUsage, "bench: two settings are called '" + setting.name + "'");
    }
    require_runnable(setting, command);
  }
  if (!command.reference.empty()) require_runnable(quality_setting(command.reference), command);
}

}  // namespace

BenchCommand parse_bench_command(const std::vector<std::string>& arguments) {
  BenchCommand command;
  std::vector<BenchSetting> qualities;
  OptionTable table({.description = kDescription,
                     .usage = "rollingdepth bench -i CLIP [options] [-- OPTIONS of every run]",
                     .footer = kFooter,
                     .command = "bench"});
  declare_options(table, command, qualities);
  const auto separator = std::find(arguments.begin(), arguments.end(), "--");
  if (separator != arguments.end()) command.common.assign(separator + 1, arguments.end());
  const auto left = table.parse({arguments.begin(), separator});
  if (!left) {
    command.help = table.help();
    return command;
  }
  refuse_leftovers(*left, table);
  if (!left->empty()) {
    throw Error(ErrorKind::kUsage,
                "bench: unexpected argument '" + left->front() + "' (the clip is given with -i)");
  }
  if (!qualities.empty() && !command.settings.empty()) {
    throw Error(ErrorKind::kUsage, "--qualities and --setting exclude each other");
  }
  command.by_quality = command.settings.empty();
  if (command.by_quality) command.settings = std::move(qualities);
  if (command.settings.empty()) {
    for (const char* quality : {"fast", "balanced", "quality"}) {
      command.settings.push_back(quality_setting(quality));
    }
  }
  validate(command);
  command.checkpoint = command_line_of(command, {}).options.checkpoint;
  return command;
}

}  // namespace rollingdepth
