#include "app/track/track_command.hpp"

#include <algorithm>
#include <cmath>

#include "app/option_table.hpp"
#include "app/option_values.hpp"
#include "app/reading_options.hpp"
#include "app/run/outputs.hpp"
#include "base/formatted.hpp"
#include "base/value_checks.hpp"
#include "decode/file_extension.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr const char* kDescription =
    "Gives tracked points and boxes of a video their depth, smoothed over time, and their way in "
    "2D\nand 3D.\n";

constexpr const char* kFooter =
    "DEPTH is what compare reads: a .npy or .npz array, a folder of .exr pictures, or one of grey\n"
    ".png pictures; the report of its run, where it lies beside it, says what the numbers are and\n"
    "how large the video was. TRACKS is a file of tracked points or boxes. docs/tracks.md has the\n"
    "formats, formulas and errors.\n"
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 75 stopped by a scheduler, 130 interrupted.";

FrameSize parse_size(const std::string& text) {
  const std::size_t cross = text.find('x');
  if (cross == std::string::npos) {
    throw Error(ErrorKind::kUsage, "--size: '" + text + "' is not WIDTHxHEIGHT");
  }
  const FrameSize size{.width_px = parse_whole_number("--size", text.substr(0, cross)),
                       .height_px = parse_whole_number("--size", text.substr(cross + 1))};
  // As the most pixels of a picture that is read: products stay far within 64 bits.
  for (const std::int64_t side : {size.width_px, size.height_px}) {
    require_within("--size", side, 1, 1'000'000);
  }
  return size;
}

KnownDistance parse_known(const std::string& text) {
  const std::vector<double> numbers =
      parse_real_numbers("--known", text, 4, "frame,x,y,metres, such as 0,320,180,2.5");
  if (numbers[0] != std::floor(numbers[0]) || numbers[0] < 0 || numbers[0] > kMaxFrames) {
    throw Error(ErrorKind::kUsage, "--known: '" + text +
                                       "': the frame is not a whole number "
                                       "from 0 on");
  }
  if (!(numbers[3] > 0)) {
    throw Error(ErrorKind::kUsage, "--known: '" + text + "': metres must be greater than 0");
  }
  return {.frame = static_cast<std::int64_t>(numbers[0]),
          .x_px = numbers[1],
          .y_px = numbers[2],
          .metres = numbers[3]};
}

void add_input(OptionTable& table, TrackCommand& command) {
  table.group("Input");
  table.one("--frame-base", "N", "Number of the first frame in TRACKS: 0 or 1", "the format's",
            [&command](const std::string& word) {
              const std::int64_t base = parse_whole_number("--frame-base", word);
              require_within("--frame-base", base, 0, 1);
              command.frame_base = base;
            });
  table.one("--coords", "NAME", "Positions in TRACKS: px, norm (0 to 1) or percent", "the format's",
            [&command](const std::string& word) {
              command.coordinates = with_context(ErrorKind::kUsage, "--coords",
                                                 [&] { return parse_track_coordinates(word); });
            });
  table.one("--size", "WxH", "Size of the video's frames, in whose pixels positions are",
            "--video's, else the report's, else the depth's",
            [&command](const std::string& word) { command.size = parse_size(word); });
  table.path("--video", "CLIP", "The colour frames: pixels of other colours count less", "",
             [&command](fs::path path) { command.video = std::move(path); });
  add_video_from(table, command.video_from, "as the report says, else 0");
  add_depth_values(table, command.values);
  add_png_scale(table, command.png_scale);
  add_max_pixels(table, command.max_pixels);
}

void add_sampling(OptionTable& table, TrackCommand& command) {
  table.group("Depth");
  table.real("--radius", "Pixels of DEPTH around a point that count", "4 per 384 of its width",
             [&command](double radius) { command.sampling.radius_px = radius; });
  table.real("--edge-threshold", command.sampling.edge_threshold,
             "How far apart the two sides of an edge are, as a share of the frame's range");
  table.boolean("--smooth", command.smooth, "Smooth the depth of each track over time");
}

void add_space(OptionTable& table, TrackCommand& command, std::optional<double>& near,
               std::optional<double>& far, std::vector<KnownDistance>& known) {
  table.group("Camera and metres");
  add_camera_options(table, command.camera);
  table.real("--near", "Metres of the nearest value of DEPTH; with --far", "",
             [&near](double metres) { near = metres; });
  table.real("--far", "Metres of the farthest value of DEPTH; with --near", "",
             [&far](double metres) { far = metres; });
  table.many("--known", "F,X,Y,M",
             "A distance of M metres in frame F, from 0, at the pixel X,Y; two or more make metres",
             "", [&known](const std::vector<std::string>& words) {
               // The words of all --known, each time.
               known.clear();
               for (const std::string& word : words) known.push_back(parse_known(word));
             });
}

void add_output(OptionTable& table, TrackCommand& command) {
  table.group("Output");
  table.path("-o,--output", "FILE",
             "Depth along the tracks: .json, .csv or .npz; - is JSON on standard output", "",
             [&command](fs::path path) { command.output = std::move(path); });
  table.path("--tapvid3d", "FILE", "The 3D tracks as TAPVid-3D has them, .npz", "",
             [&command](fs::path path) { command.tapvid3d = std::move(path); });
  table.path("--picture", "FOLDER",
             "A .png of each track, over the first frame and its depth over time", "",
             [&command](fs::path path) { command.pictures = std::move(path); });
  table.threads(command.threads);
  table.boolean("--quiet", command.quiet, "No table and no progress");
  add_log_options(table, command.log);
}

void take_files(const std::vector<std::string>& left, TrackCommand& command) {
  if (left.size() < 2) {
    throw Error(ErrorKind::kUsage, left.empty()
                                       ? "track: no files (give a depth clip and a file of tracks)"
                                       : "track: no file of tracks beside " + left.front());
  }
  if (left.size() > 2) {
    throw Error(ErrorKind::kUsage,
                "track: one file of tracks at a time, not also '" + left[2] + "'");
  }
  command.depth = left[0];
  command.tracks = left[1];
}

MetricHint metric_hint(std::optional<double> near, std::optional<double> far,
                       std::vector<KnownDistance> known) {
  if (near.has_value() != far.has_value()) {
    throw Error(ErrorKind::kUsage, near ? "--near: needs --far too" : "--far: needs --near too");
  }
  if (near && !known.empty()) {
    throw Error(ErrorKind::kUsage, "--known: stands without --near and --far");
  }
  if (near) {
    if (!(*near > 0)) {
      throw Error(ErrorKind::kUsage, formatted("--near: %g m is not above 0", *near));
    }
    if (!(*far > *near)) {
      throw Error(ErrorKind::kUsage,
                  formatted("--far: %g m is not farther than --near %g m", *far, *near));
    }
    return NearAndFar{.near = *near, .far = *far};
  }
  if (known.empty()) return std::monostate{};
  if (known.size() < 2) {
    throw Error(ErrorKind::kUsage,
                "--known: one distance leaves scale or shift open: give two or more, at different "
                "depths");
  }
  return known;
}

/// An output may replace an older one, but nothing that is read, and no other output.
void require_inputs_kept(const TrackCommand& command) {
  std::vector<fs::path> inputs = {command.depth, command.tracks};
  if (command.video) inputs.push_back(*command.video);
  if (command.camera.file) inputs.push_back(*command.camera.file);
  std::vector<fs::path> outputs;
  if (command.output != "-") outputs.push_back(command.output);
  if (command.tapvid3d) outputs.push_back(*command.tapvid3d);
  for (const fs::path& output : outputs) {
    with_context(ErrorKind::kUsage, "track", [&] { require_plain_file(output, inputs); });
  }
  if (command.pictures) outputs.push_back(*command.pictures);
  with_context(ErrorKind::kUsage, "track", [&] { require_distinct(outputs); });
  if (!command.pictures) return;
  // A folder is replaced as a whole: nothing that is read may lie in it.
  const fs::path folder = fs::weakly_canonical(fs::absolute(*command.pictures));
  for (const fs::path& input : inputs) {
    const fs::path place = fs::weakly_canonical(fs::absolute(input));
    const auto [end, ignored] =
        std::mismatch(folder.begin(), folder.end(), place.begin(), place.end());
    if (end == folder.end()) {
      throw Error(ErrorKind::kUsage, "track: --picture " + command.pictures->string() +
                                         " would replace " + input.string() + ", which is read");
    }
  }
}

void check_values(const TrackCommand& command) {
  if (command.output.empty()) {
    throw Error(ErrorKind::kUsage, "track: no output (give a .json, .csv or .npz file with -o)");
  }
  track_format(command.output);
  if (command.tapvid3d && lower_extension(*command.tapvid3d) != ".npz") {
    throw Error(ErrorKind::kUsage,
                "--tapvid3d: " + command.tapvid3d->string() + " does not end in .npz");
  }
  if (command.video_from && !command.video) {
    throw Error(ErrorKind::kUsage, "--video-from: needs --video");
  }
  command.sampling.validate();
  command.camera.validate();
}

}  // namespace

TrackFormat track_format(const fs::path& output) {
  const std::string extension = lower_extension(output);
  if (output == "-" || extension == ".json") return TrackFormat::kJson;
  if (extension == ".csv") return TrackFormat::kCsv;
  if (extension == ".npz") return TrackFormat::kNpz;
  throw Error(ErrorKind::kUsage,
              "-o: " + output.string() + " ends neither in .json, .csv nor .npz");
}

TrackCommand parse_track_command(const std::vector<std::string>& arguments) {
  TrackCommand command;
  std::optional<double> near, far;
  std::vector<KnownDistance> known;
  OptionTable table({.description = kDescription,
                     .usage = "rollingdepth track DEPTH TRACKS -o OUT [options]",
                     .footer = kFooter,
                     .command = "track"});
  add_input(table, command);
  add_sampling(table, command);
  add_space(table, command, near, far, known);
  add_output(table, command);
  const auto left = table.parse(arguments);
  if (!left) {
    command.help = table.help();
    return command;
  }
  refuse_leftovers(*left, table);
  take_files(*left, command);
  check_values(command);
  command.metric = metric_hint(near, far, std::move(known));
  command.log.validate();
  require_inputs_kept(command);
  return command;
}

}  // namespace rollingdepth
