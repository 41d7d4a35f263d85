#include "app/compare/compare_command.hpp"

#include <algorithm>
#include <memory>

#include "app/option_table.hpp"
#include "app/reading_options.hpp"
#include "app/run/outputs.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDescription =
    "Measures how far a depth clip is from a reference, frame by frame and over the clip.\n";

constexpr const char* kFooter =
    "A clip is a .npy or .npz array [N,H,W], a folder of .exr pictures, or one of grey .png\n"
    "pictures. Values that are not finite in either clip do not count. The table goes to standard\n"
    "output. docs/compare.md defines the metrics, docs/ci.md shows how to use the bounds in CI.\n"
    "Exit codes: 0 done and every bound holds, 1 failed, 2 wrong usage, 4 a bound is broken, 75\n"
    "stopped by a scheduler, 130 interrupted.";

template <class Field, class Parse>
std::function<void(const std::string&)> named_value(const char* option, Field& field, Parse parse) {
  return [option, &field, parse](const std::string& word) {
    field = with_context(ErrorKind::kUsage, option, [&] { return parse(word); });
  };
}

/// @throws Error(kUsage) for a word that is neither.
bool is_second(const char* option, const std::string& word, const std::string& first,
               const std::string& second) {
  if (word != first && word != second) {
    throw Error(ErrorKind::kUsage,
                std::string(option) + ": '" + word + "' is neither " + first + " nor " + second);
  }
  return word == second;
}

void add_alignment(OptionTable& table, ComparisonOptions& options) {
  table.group("Alignment");
  table.one("--align", "NAME",
            "What to fit before comparing: none, scale, affine, or affine-inverse, which makes the "
            "depth of an inverse depth",
            to_string(options.alignment),
            named_value("--align", options.alignment, &parse_depth_alignment));
  table.one("--align-scope", "NAME", "One fit for the clip, or one for each frame: clip, frame",
            "clip", [&options](const std::string& word) {
              options.scope = is_second("--align-scope", word, "clip", "frame") ? FitScope::kFrame
                                                                                : FitScope::kClip;
            });
  table.one("--fit", "NAME", "least-squares, or robust: least absolute differences",
            to_string(options.fit), named_value("--fit", options.fit, &parse_fit_method));
}

void add_selection(OptionTable& table, CompareCommand& command) {
  ComparisonOptions& options = command.options;
  table.group("What counts");
  table.boolean("--ground-truth", options.ground_truth,
                "The reference is measured depth: 0 and below do not count, and abs_rel, delta1 to "
                "delta3 and silog are measured too");
  table.real("--min-depth", "Smallest depth that counts; the candidate is clipped to it",
             "the reference's", [&options](double value) { options.min_depth = value; });
  table.real("--max-depth", "Largest depth that counts; the candidate is clipped to it",
             "the reference's", [&options](double value) { options.max_depth = value; });
  table.path("--mask", "CLIP", "Only pixels that are not 0 in it count; one frame serves all", "",
             [&command](fs::path path) { command.mask = std::move(path); });
  table.boolean("--resize", options.resize, "Scale the candidate to the reference's size");
  table.one("--frames", "NAME", "same: both have equally many; common: as many as both have",
            "same", [&options](const std::string& word) {
              options.common_frames = is_second("--frames", word, "same", "common");
            });
  add_png_scale(table, command.png_scale);
  table.real("--edge-threshold", options.edge_threshold,
             "Depth per pixel that makes an edge, as a share of the reference's range");
  table.path("--video", "CLIP", "The colour frames: also measure changes along their motion", "",
             [&command](fs::path path) { command.video = std::move(path); });
  add_video_from(table, command.video_from, "0");
  add_max_pixels(table, command.max_pixels);
}

void add_bounds(OptionTable& table, CompareCommand& command) {
  table.group("Bounds; exit code 4 where one is broken");
  for (const MetricInfo& metric : metric_table()) {
    const std::string option = bound_option(metric);
    if (option.empty()) continue;
    std::string description(metric.description);
    if (metric.better == Better::kNearZero) description += ", without sign";
    table.real(option, description, "", [&command, metric, option](double limit) {
      if (metric.better != Better::kHigher && limit < 0) {
        throw Error(ErrorKind::kUsage, option + ": can never be below 0");
      }
      std::erase_if(command.bounds,
                    [&](const Bound& bound) { return bound.metric == metric.metric; });
      command.bounds.push_back({metric.metric, limit});
    });
  }
  table.boolean("--each-frame", command.each_frame,
                "Hold the bounds for every frame too, not only over the clip");
}

void add_output(OptionTable& table, CompareCommand& command) {
  table.group("Output");
  table.path("--json", "FILE", "All numbers, per clip and per frame; - is standard output", "",
             [&command](fs::path path) { command.json = std::move(path); });
  table.path("--junit", "FILE", "The bounds as test cases in JUnit's XML, for CI servers", "",
             [&command](fs::path path) { command.junit = std::move(path); });
  table.threads(command.threads);
  table.boolean("--quiet", command.quiet, "No table and no progress");
  add_log_options(table, command.log);
}

void take_clips(const std::vector<std::string>& left, CompareCommand& command) {
  if (left.size() < 2) {
    throw Error(ErrorKind::kUsage, left.empty()
                                       ? "compare: no clips (give a reference and a candidate)"
                                       : "compare: no candidate beside " + left.front());
  }
  if (left.size() > 2) {
    throw Error(ErrorKind::kUsage, "compare: two clips at a time, not also '" + left[2] + "'");
  }
  command.reference = left[0];
  command.candidate = left[1];
}

/// A bound on what is not measured could not but break.
void require_measured(const CompareCommand& command) {
  for (const Bound& bound : command.bounds) {
    const MetricInfo& metric = metric_info(bound.metric);
    if (metric.needs == Needs::kGroundTruth && !command.options.ground_truth) {
      throw Error(ErrorKind::kUsage, bound_option(metric) + ": needs --ground-truth");
    }
    if (metric.needs == Needs::kVideo && !command.video) {
      throw Error(ErrorKind::kUsage, bound_option(metric) + ": needs --video");
    }
  }
}

/// An output may replace an older one, but nothing that is read.
void require_inputs_kept(const CompareCommand& command) {
  std::vector<fs::path> outputs;
  if (command.json && *command.json != "-") outputs.push_back(*command.json);
  if (command.junit) outputs.push_back(*command.junit);
  std::vector<fs::path> inputs = {command.reference, command.candidate};
  if (command.mask) inputs.push_back(*command.mask);
  if (command.video) inputs.push_back(*command.video);
  for (const fs::path& output : outputs) {
    with_context(ErrorKind::kUsage, "compare", [&] { require_plain_file(output, inputs); });
  }
  with_context(ErrorKind::kUsage, "compare", [&] { require_distinct(outputs); });
}

}  // namespace

CompareCommand parse_compare_command(const std::vector<std::string>& arguments) {
  CompareCommand command;
  OptionTable table({.description = kDescription,
                     .usage = "rollingdepth compare REFERENCE CANDIDATE [options]",
                     .footer = kFooter,
                     .command = "compare"});
  add_alignment(table, command.options);
  add_selection(table, command);
  add_bounds(table, command);
  add_output(table, command);
  const auto left = table.parse(arguments);
  if (!left) {
    command.help = table.help();
    return command;
  }
  refuse_leftovers(*left, table);
  take_clips(*left, command);
  command.options.validate();
  command.log.validate();
  require_measured(command);
  require_inputs_kept(command);
  return command;
}

}  // namespace rollingdepth
