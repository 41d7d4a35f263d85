#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "app/colour_clip.hpp"
#include "app/console_progress.hpp"
#include "app/interrupt.hpp"
#include "app/run/output_place.hpp"
#include "app/run/outputs.hpp"
#include "app/text_file.hpp"
#include "app/track/track_output.hpp"
#include "decode/depth_clip.hpp"
#include "nn/device.hpp"
#include "rollingdepth/error.hpp"
#include "tracks/track_npz.hpp"
#include "tracks/track_picture.hpp"
#include "write/output_formats.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

/// What cannot be written is told before anything is read.
void require_outputs(const TrackCommand& command) {
  if (command.output != "-") require_output_file(command.output);
  if (command.tapvid3d) require_output_file(*command.tapvid3d);
  if (!command.pictures) return;
  require_place(*command.pictures, OutputShape::kFolder);
  require_only_track_pictures(*command.pictures);
}

/// Which frames of the video the depth maps belong to.
FramesTaken frames_taken(const TrackCommand& command, const DepthOrigin& origin) {
  FramesTaken taken = origin.frames.value_or(FramesTaken{});
  taken.first = command.video_from.value_or(taken.first);
  return taken;
}

std::string text_of(FrameSize size) {
  return std::to_string(size.width_px) + "x" + std::to_string(size.height_px);
}

/// Warns once where the video is not shaped as the one of the run, or as the depth.
void warn_of_other_shape(const TrackFacts& facts, Progress& progress) {
  const FrameSize size = facts.options.video;
  const double shape = static_cast<double>(size.width_px) / static_cast<double>(size.height_px);
  if (facts.command.size && facts.origin.input) {
    const FrameSize run = *facts.origin.input;
    const double width_of_run = shape * static_cast<double>(run.height_px);
    // Sides of a copy of the video that was made smaller are rounded.
    if (std::abs(width_of_run - static_cast<double>(run.width_px)) > 0.02 * width_of_run) {
      progress.warn("--size " + text_of(size) + " has another shape than the video of " +
                    facts.origin.report->filename().string() + ", " + text_of(run));
      return;
    }
  }
  const double depth_height = static_cast<double>(facts.clip.width_px) / shape;
  // Sizes at which networks run are rounded, to as much as 32 pixels.
  if (std::abs(depth_height - static_cast<double>(facts.clip.height_px)) >
      32 + 0.02 * depth_height) {
    progress.warn("the video of " + text_of(size) + " pixels and the depth of " +
                  text_of({.width_px = facts.clip.width_px, .height_px = facts.clip.height_px}) +
                  " are of different shapes: is it the depth of this video?");
  }
}

/// Sets the size of the video, and where it is from.
void take_size(TrackFacts& facts, const FrameSource* colour, Progress& progress) {
  const TrackCommand& command = facts.command;
  FrameSize& size = facts.options.video;
  if (colour != nullptr) {
    size = {.width_px = colour->info().width_px, .height_px = colour->info().height_px};
    facts.size_from = "--video";
    if (command.size && *command.size != size) {
      throw Error(ErrorKind::kInput, "--size " + text_of(*command.size) + ": " +
                                         colour->info().name + " has " + text_of(size) + " pixels");
    }
    if (facts.origin.input && *facts.origin.input != size && !facts.origin.is_reduced) {
      progress.warn(colour->info().name + " has " + text_of(size) + " pixels, the video of " +
                    facts.origin.report->filename().string() + " had " +
                    text_of(*facts.origin.input));
    }
  } else if (command.size) {
    size = *command.size;
    facts.size_from = "--size";
  } else if (facts.origin.is_reduced) {
    throw Error(ErrorKind::kUsage, facts.origin.report->filename().string() +
                                       " is of a run with --max-res, and does not know the size of "
                                       "the video: give --video or --size");
  } else if (facts.origin.input) {
    size = *facts.origin.input;
    facts.size_from = facts.origin.report->filename().string();
  } else {
    size = {.width_px = facts.clip.width_px, .height_px = facts.clip.height_px};
    facts.size_from = "the depth, whose own size it is taken to be";
  }
  warn_of_other_shape(facts, progress);
}

void take_values(TrackFacts& facts) {
  facts.options.values = depth_values(facts.origin, facts.command.values);
  if (facts.command.values) {
    facts.values_from = "--values";
  } else if (facts.origin.values) {
    facts.values_from = facts.origin.values_from;
  } else {
    facts.values_from = "nothing that tells: they are taken to be larger where it is nearer";
  }
  if (facts.options.values == DepthValues::kMetres &&
      !std::holds_alternative<std::monostate>(facts.options.metric)) {
    throw Error(ErrorKind::kUsage, "--near, --far and --known: the depth of " + facts.clip.name +
                                       " is in metres already");
  }
}

void prepare_folders(const TrackCommand& command) {
  if (command.output != "-") prepare_output_folder(folder_of(write_target(command.output)));
  if (command.tapvid3d) prepare_output_folder(folder_of(write_target(*command.tapvid3d)));
  if (command.pictures) prepare_output_folder(folder_of(*command.pictures));
}

/// The name of a folder: "tracks/" is "tracks".
fs::path named_folder(const fs::path& folder) {
  return folder.has_filename() ? folder : folder.parent_path();
}

/// All outputs or none.
void write_outputs(const TrackFacts& facts, Console& console, Progress& progress) {
  const TrackCommand& command = facts.command;
  const Camera& camera = facts.options.camera;
  prepare_folders(command);
  std::optional<PartialFile> text, pictures;
  std::optional<NpzWriter> arrays, tapvid3d;
  std::string printed;
  if (command.output == "-") {
    printed = tracks_json(facts);
  } else if (track_format(command.output) == TrackFormat::kNpz) {
    arrays.emplace(write_target(command.output), NpzWriter::Packing::kDeflated);
    write_track_arrays(facts.result, camera, *arrays);
    arrays->close();
  } else {
    text.emplace(write_target(command.output));
    const bool csv = track_format(command.output) == TrackFormat::kCsv;
    write_text(*text, csv ? tracks_csv(facts) : tracks_json(facts));
  }
  if (command.tapvid3d) {
    tapvid3d.emplace(write_target(*command.tapvid3d), NpzWriter::Packing::kDeflated);
    write_tapvid3d(facts.result, camera, *tapvid3d);
    tapvid3d->close();
  }
  if (command.pictures) {
    pictures.emplace(named_folder(*command.pictures), PartialKind::kFolder);
    write_track_pictures(facts.result, facts.options.video, facts.options.values, *pictures,
                         progress);
  }
  progress.check_cancelled();
  if (pictures) require_only_track_pictures(*command.pictures);  // Others may have come meanwhile.
  if (text) text->finish();
  if (arrays) arrays->finish();
  if (tapvid3d) tapvid3d->finish();
  if (pictures) pictures->finish();
  if (printed.empty()) return;
  printed.pop_back();
  console.print_lines(printed);
}

void tell(const TrackFacts& facts, Console& console, Progress& progress) {
  for (const std::string& warning : facts.result.warnings) progress.warn(warning);
  if (facts.command.output == "-" || facts.command.quiet) return;
  for (const std::string& line : remarks_on(facts)) {
    const auto& warnings = facts.result.warnings;
    if (std::find(warnings.begin(), warnings.end(), line) == warnings.end()) console.say(line);
  }
  for (const std::string& line : measures_table(facts)) console.print(line);
}

}  // namespace

void run_track_command(const TrackCommand& command, Console& console) {
  if (command.quiet) console.set_verbosity(Verbosity::kQuiet);
  require_outputs(command);
  set_threads(command.threads);
  ConsoleProgress progress(console, &interrupt_requested);

  const std::unique_ptr<DepthReader> clip =
      open_depth_clip(command.depth, command.png_scale, command.max_pixels);
  DepthOrigin origin = depth_origin(command.depth);
  const std::unique_ptr<FrameSource> colour =
      command.video
          ? open_colour_clip(*command.video, frames_taken(command, origin),
                             {.max_pixels = command.max_pixels, .threads = command.threads})
          : nullptr;
  DepthTracksOptions options;
  options.sampling = command.sampling;
  options.smooth = command.smooth;
  options.metric = command.metric;
  TrackFacts facts{.command = command,
                   .clip = clip->listing(),
                   .origin = std::move(origin),
                   .file = {},
                   .options = std::move(options),
                   .size_from = "",
                   .values_from = ""};
  take_size(facts, colour.get(), progress);
  take_values(facts);
  facts.options.camera = camera_of(command.camera, facts.options.video);
  facts.file = read_tracks(command.tracks, {.size = facts.options.video,
                                            .frames = facts.clip.frames,
                                            .frame_base = command.frame_base,
                                            .coordinates = command.coordinates});
  const std::vector<Track> tracks = std::exchange(facts.file.tracks, {});
  facts.result = find_depth_tracks(*clip, colour.get(), tracks, facts.options, progress);
  write_outputs(facts, console, progress);
  tell(facts, console, progress);
}

}  // namespace rollingdepth
