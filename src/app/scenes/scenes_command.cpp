#include "app/scenes/scenes_command.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "app/cut_options.hpp"
#include "app/option_table.hpp"
#include "app/option_values.hpp"
#include "app/reading_options.hpp"
#include "base/value_checks.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDescription =
    "Finds where the shots of a clip begin, without networks, and writes a list of them.\n";

constexpr const char* kFooter =
    "CLIP is a video, a folder or a %04d pattern of images. A list can be changed by hand before "
    "it\n"
    "is used. docs/scenes.md says how cuts are found and what the files are.\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 75 stopped by a scheduler, 130 interrupted.";

constexpr std::array<std::pair<const char*, SceneFormat>, 3> kEndings = {
    {{".csv", SceneFormat::kCsv}, {".json", SceneFormat::kJson}, {".edl", SceneFormat::kEdl}}};

SceneFormat format_of(const fs::path& file) {
  std::string ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const auto& [known, format] : kEndings) {
    if (ending == known) return format;
  }
  throw Error(ErrorKind::kUsage, "--output: " + file.string() +
                                     " has to end in .csv (as PySceneDetect writes it), .json "
                                     "(Av1an) or .edl");
}

void add_input_options(OptionTable& table, ScenesCommand& command) {
  table.group("Input, as a run reads it");
  table.number("--start-frame,--from", command.start_frame, "First frame used, from 0");
  table.number("--frame-count,--frames", command.frame_count, "Frames used; 0: all that follow");
  table.one("--target-fps", "RATE",
            "Drop frames by whole strides, so that about so many a second are left; all numbers of "
            "frames count those",
            "all", [&](const std::string& word) {
              command.target_rate = parse_frame_rate("--target-fps", word);
            });
  table.one("--fps", "RATE", "Frame rate of image sequences", "25",
            [&](const std::string& word) { command.image_rate = parse_frame_rate("--fps", word); });
  table.boolean("--deinterlace", command.deinterlace,
                "Make whole pictures of those that are marked as interlaced, one of each");
  add_max_pixels(table, command.max_pixels);
}

void declare_options(OptionTable& table, ScenesCommand& command) {
  table.group("Output");
  table.path("-o,--output", "FILE",
             "The list: .csv as PySceneDetect writes it, .json as Av1an, or .edl; - is CSV on "
             "standard output",
             "-", [&](fs::path path) { command.output = std::move(path); });
  table.boolean("--overwrite", command.overwrite, "Replace a file that exists");
  table.group("Cuts");
  add_cut_options(table, command.cuts);
  add_input_options(table, command);
  table.group("General");
  table.threads(command.threads);
  table.boolean("--quiet", command.quiet, "Only warnings and errors");
  add_log_options(table, command.log);
}

}  // namespace

ScenesCommand parse_scenes_command(const std::vector<std::string>& arguments) {
  ScenesCommand command;
  OptionTable table({.description = kDescription,
                     .usage = "rollingdepth scenes CLIP [-o FILE] [options]",
                     .footer = kFooter,
                     .command = "scenes"});
  declare_options(table, command);
  const auto left = table.parse(arguments);
  if (!left) {
    command.help = table.help();
    return command;
  }
  refuse_leftovers(*left, table);
  command.clip = only_word(*left, "scenes", "no clip (give a video or a folder of images)", "clip");
  command.cuts.validate();
  require_within("--from", command.start_frame, 0, kMaxFrames);
  require_within("--frames", command.frame_count, 0, kMaxFrames);
  command.log.validate();
  if (command.output == "-") command.output.reset();
  if (command.output) command.format = format_of(*command.output);
  return command;
}

}  // namespace rollingdepth
