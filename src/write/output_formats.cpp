#include "write/output_formats.hpp"

#include <algorithm>

#include "base/suggestion.hpp"
#include "rollingdepth/error.hpp"
#include "write/colormap.hpp"
#include "write/depth_files.hpp"
#include "write/encoder_memory.hpp"
#include "write/ply_file.hpp"
#include "write/ply_sink.hpp"

namespace rollingdepth {
namespace {

using Path = std::filesystem::path;
using Sink = std::unique_ptr<DepthSink>;
using Rate = std::optional<Rational>;

// Most sinks depend on their file alone.
template <auto Make>
Sink plain(const Path& file, SinkSettings /*settings*/) {
  return Make(file);
}
template <auto Check>
void plain_check(const Path& file, const DepthClipInfo& /*clip*/, Rate /*fps*/) {
  Check(file);
}
Sink png16(const Path& file, SinkSettings settings) {
  return make_png16_sink(file, settings.pixels_per_metre);
}
template <DepthVideo Video>
Sink depth_video(const Path& file, SinkSettings settings) {
  return make_depth_video_sink(file, Video, settings.fps, std::move(settings.sound));
}
template <DepthVideo Video>
void depth_video_check(const Path& file, const DepthClipInfo& clip, Rate fps) {
  check_depth_video(file, Video, clip, fps);
}
Sink color_video(const Path& file, SinkSettings settings) {
  return make_color_video_sink(file, settings.colormap, settings.fps, std::move(settings.sound));
}
Sink side_by_side(const Path& file, SinkSettings settings) {
  return make_side_by_side_sink(file, settings.colormap, settings.fps, std::move(settings.colors),
                                std::move(settings.sound));
}
Sink point_clouds(const Path& folder, SinkSettings settings) {
  return make_ply_sink(folder, std::move(settings.colors), std::move(settings.sight_lines),
                       settings.points);
}

constexpr const char* kDepthVideoOption = "--depth-video";
constexpr const char* kWithoutDepthVideo = "without --depth-video the rest can be written";

}  // namespace

const std::vector<OutputFormat>& output_formats() {
  static const std::vector<OutputFormat> formats = {
      {.name = "npy",
       .option = "--save-npy",
       .help = "STEM_pred.npy, float32 [N,H,W]",
       .ending = "_pred.npy",
       .by_default = true,
       .bytes_per_pixel = 4,
       .make = &plain<&make_npy_sink>},
      {.name = "color",
       .kind = OutputOption::kColormaps,
       .option = "--cmap,--color-maps",
       .help = "STEM_NAME.mp4 for each colour map; '' for none, see --list-colormaps",
       .ending = ".mp4",
       .by_default = true,
       .without = "--cmap '' leaves colour videos out",
       .has_sound = true,
       .pads_columns = true,
       .pads_rows = true,
       .memory_bytes = &color_video_memory_bytes,
       .check = &check_color_video,
       .make = &color_video},
      {.name = "sbs",
       .option = "--save-sbs,--save-side-by-side",
       .help = "STEM_rgbd.mp4, colour left, depth in the first colour map right",
       .ending = "_rgbd.mp4",
       .by_default = true,
       .without = "--no-save-sbs leaves it out",
       .has_sound = true,
       .pads_rows = true,  // Two widths and the gap of 10 pixels are even together.
       .memory_bytes = &side_by_side_memory_bytes,
       .check = &check_side_by_side,
       .make = &side_by_side},
      {.name = "npz",
       .option = "--save-npz",
       .help = "STEM_pred.npz, the array compressed, as 'depth'",
       .ending = "_pred.npz",
       .bytes_per_pixel = 4,
       .check = &plain_check<&check_npz>,
       .make = &plain<&make_npz_sink>},
      {.name = "png16",
       .option = "--save-png16",
       .help = "STEM_png16/, 16-bit grey PNG pictures and depth.json with their range",
       .ending = "_png16",
       .shape = OutputShape::kFolder,
       .bytes_per_pixel = 2,
       .check = &plain_check<&check_png>,
       .make = &png16},
      {.name = "png8",
       .option = "--save-png8",
       .help = "STEM_png8/, the same in 8 bits",
       .ending = "_png8",
       .shape = OutputShape::kFolder,
       .bytes_per_pixel = 1,
       .check = &plain_check<&check_png>,
       .make = &plain<&make_png8_sink>},
      {.name = "exr",
       .option = "--save-exr",
       .help = "STEM_exr/, OpenEXR pictures, float32",
       .ending = "_exr",
       .shape = OutputShape::kFolder,
       .bytes_per_pixel = 4,
       .check = &plain_check<&check_exr>,
       .make = &plain<&make_exr_sink>},
      {.name = "ply",
       .option = "--save-ply",
       .help = "STEM_ply/, coloured point clouds, a binary PLY file a frame",
       .ending = "_ply",
       .shape = OutputShape::kFolder,
       .bytes_per_point = kPlyPointBytes,
       .memory_bytes = &ply_memory_bytes,
       .check = &plain_check<&check_ply>,
       .make = &point_clouds},
      {.name = "ffv1",
       .kind = OutputOption::kChoice,
       .option = kDepthVideoOption,
       .choice = "ffv1",
       .help = "STEM_depth.mkv, ffv1: grey, 16 bits, lossless",
       .ending = "_depth.mkv",
       .without = kWithoutDepthVideo,
       .bytes_per_pixel = 2,
       .memory_bytes = &ffv1_memory_bytes,
       .check = &depth_video_check<DepthVideo::kFfv1>,
       .make = &depth_video<DepthVideo::kFfv1>},
      {.name = "h265",
       .kind = OutputOption::kChoice,
       .option = kDepthVideoOption,
       .choice = "h265",
       .help = "STEM_depth.mp4, h265: 10 bits",
       .ending = "_depth.mp4",
       .without = kWithoutDepthVideo,
       .bytes_per_pixel = 2,
       .has_sound = true,
       .pads_columns = true,
       .pads_rows = true,
       .memory_bytes = &hevc_memory_bytes,
       .check = &depth_video_check<DepthVideo::kHevc>,
       .make = &depth_video<DepthVideo::kHevc>},
      {.name = "snippets",
       .option = "--save-snippets",
       .help = "STEM_snippets.npz, every snippet before alignment",
       .ending = "_snippets.npz"},
      {.name = "cameras",
       .option = "--save-cameras",
       .help = "STEM_cameras.json, of GemDepth: the camera of each frame",
       .ending = "_cameras.json"},
      {.name = "trace",
       .option = "--profile",
       .help = "STEM_trace.json, the time of every stage, batch and thread, and memory over time",
       .ending = "_trace.json"},
  };
  return formats;
}

const OutputFormat& output_format(std::string_view name) {
  return *std::find_if(output_formats().begin(), output_formats().end(),
                       [&](const OutputFormat& format) { return format.name == name; });
}

std::string OutputFormat::first_option() const {
  const std::string names = option;
  return names.substr(0, names.find(','));
}

std::string OutputFormat::ending_for(const std::string& colormap) const {
  return (kind == OutputOption::kColormaps ? "_" + colormap : "") + ending;
}

OutputChoice default_outputs() {
  OutputChoice outputs;
  for (const OutputFormat& format : output_formats()) {
    if (format.kind != OutputOption::kColormaps) {
      outputs.emplace(format.name, format.by_default);
    }
  }
  return outputs;
}

void choose_output(OutputChoice& outputs, const std::string& option, std::string_view word) {
  std::vector<std::string> known;
  bool found = false;
  for (const OutputFormat& format : output_formats()) {
    if (format.kind != OutputOption::kChoice || format.option != option) continue;
    known.emplace_back(format.choice);
    outputs[std::string(format.name)] = word == format.choice;
    found = found || word == format.choice;
  }
  if (found) return;
  std::string kind = option.substr(2);  // "depth video"
  std::replace(kind.begin(), kind.end(), '-', ' ');
  throw Error(ErrorKind::kUsage, option + ": " + unknown_name(kind, word, known));
}

std::optional<std::string> input_of_output(const std::string& file_name) {
  const auto before = [&](const std::string& ending) -> std::optional<std::string> {
    if (!file_name.ends_with(ending)) return std::nullopt;
    return file_name.substr(0, file_name.size() - ending.size());
  };
  for (const OutputFormat& format : output_formats()) {
    const bool is_painted = format.kind == OutputOption::kColormaps;
    for (const std::string& colormap : is_painted ? colormap_names() : std::vector{std::string()}) {
      if (auto input = before(format.ending_for(colormap))) return input;
    }
  }
  return std::nullopt;
}

}  // namespace rollingdepth
