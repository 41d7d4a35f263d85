#include <chrono>
#include <memory>

#include "app/colour_clip.hpp"
#include "app/compare/comparison_output.hpp"
#include "app/console_progress.hpp"
#include "app/interrupt.hpp"
#include "app/run/output_place.hpp"
#include "app/run/outputs.hpp"
#include "app/text_file.hpp"
#include "decode/depth_clip.hpp"
#include "measure/dis_flow.hpp"
#include "nn/device.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Both files or none.
void write_files(const ComparisonFacts& facts) {
  const CompareCommand& command = facts.command;
  std::optional<PartialFile> json, junit;
  const auto write = [](std::optional<PartialFile>& partial, const fs::path& file,
                        const std::string& text) {
    const fs::path target = write_target(file);
    prepare_output_folder(folder_of(target));
    partial.emplace(target);
    write_text(*partial, text);
  };
  if (command.json && *command.json != "-") write(json, *command.json, comparison_json(facts));
  if (command.junit) write(junit, *command.junit, junit_xml(facts));
  if (json) json->finish();
  if (junit) junit->finish();
}

void tell(const ComparisonFacts& facts, Console& console, ConsoleProgress& progress) {
  for (const std::string& warning : facts.comparison.warnings) progress.warn(warning);
  const CompareCommand& command = facts.command;
  const bool json_is_result = command.json && *command.json == "-";
  if (json_is_result) {
    std::string text = comparison_json(facts);
    text.pop_back();
    console.print_lines(text);
  } else if (!command.quiet) {
    for (const std::string& line : comparison_table(facts)) console.print(line);
  }
  for (const BoundResult& result : facts.bounds) {
    if (!result.holds) console.error(broken_bound_line(result));
  }
}

}  // namespace

bool run_compare_command(const CompareCommand& command, Console& console) {
  if (command.quiet) console.set_verbosity(Verbosity::kQuiet);
  const auto started = Clock::now();
  // What cannot be written is told before an hour of reading.
  if (command.json && *command.json != "-") require_output_file(*command.json);
  if (command.junit) require_output_file(*command.junit);
  set_threads(command.threads);
  ConsoleProgress progress(console, &interrupt_requested);

  const std::unique_ptr<DepthReader> reference =
      open_depth_clip(command.reference, command.png_scale, command.max_pixels);
  const std::unique_ptr<DepthReader> candidate =
      open_depth_clip(command.candidate, command.png_scale, command.max_pixels);
  const std::unique_ptr<DepthReader> mask =
      command.mask ? open_depth_clip(*command.mask, 1, command.max_pixels) : nullptr;
  const std::unique_ptr<FlowSource> flow =
      command.video
          ? make_dis_flow(
                open_colour_clip(*command.video, {.first = command.video_from.value_or(0)},
                                 {.max_pixels = command.max_pixels, .threads = command.threads}),
                reference->listing().height_px, reference->listing().width_px)
          : nullptr;
  ComparisonFacts facts{.command = command,
                        .reference = reference->listing(),
                        .candidate = candidate->listing(),
                        .comparison = compare_clips({.reference = *reference,
                                                     .candidate = *candidate,
                                                     .mask = mask.get(),
                                                     .flow = flow.get()},
                                                    command.options, progress),
                        .bounds = {},
                        .seconds = 0};
  facts.bounds = check_bounds(facts.comparison, command.bounds, command.each_frame);
  facts.seconds = std::chrono::duration<double>(Clock::now() - started).count();
  write_files(facts);
  tell(facts, console, progress);
  return facts.passed();
}

}  // namespace rollingdepth
