#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/resample.hpp"
#include "rollingdepth/clip.hpp"
#include "write/point_cloud.hpp"
#include "write/video.hpp"

namespace rollingdepth {

/// Kinds of output, as far as their place in a folder goes.
enum class OutputShape { kFile, kFolder };

/// How an output is asked for.
enum class OutputOption {
  kFlag,       ///< `--save-npy`, true or false.
  kChoice,     ///< One value of an option: `--depth-video ffv1`.
  kColormaps,  ///< A file for each colour map of `--cmap`.
};

/// What a sink depends on besides its file and the clip.
struct SinkSettings {
  std::optional<Rational> fps;  ///< Unset: the clip's times.
  std::string colormap;         ///< Of what is painted.
  ColorFrames colors;           ///< Of what shows the clip too.
  /// Of pixels that hold metres; unset: they hold the range.
  std::optional<double> pixels_per_metre;
  std::shared_ptr<ClipSound> sound = nullptr;  ///< Of the clip; null: none.
  SightLinesOf sight_lines;                    ///< Of point clouds.
  PointCloudOptions points;
};

/// One format that a run can write. All that is asked about a format anywhere stands in its row.
struct OutputFormat {
  std::string_view name;  ///< Of this row, for RunOptions::outputs.
  OutputOption kind = OutputOption::kFlag;
  const char* option = "";  ///< As CLI11 takes it: "--save-sbs,--save-side-by-side".
  const char* choice = "";  ///< The value that stands for it; kChoice only.
  const char* help = "";
  const char* ending = "";  ///< Of its name, behind the input's and, with kColormaps, "_NAME".
  OutputShape shape = OutputShape::kFile;
  bool by_default = false;
  /// What leaves it out, where it can be: the end of a message. Those of them that are written by
  /// default are left out by themselves where nobody named them.
  const char* without = "";
  double bytes_per_pixel = 0;  ///< Of the file, per frame; none for videos to look at.
  bool has_sound = false;      ///< The input's goes into it.
  double bytes_per_point = 0;  ///< The same of each pixel that becomes a point.
  // yuv420p holds even sizes only.
  bool pads_columns = false, pads_rows = false;
  /// While it is written, of all that is left of the stages before; null for next to nothing.
  double (*memory_bytes)(FrameSize depth, std::optional<std::int64_t> frames) = nullptr;
  /// Tries what needs no disk. Null: nothing to try. @throws Error(kOutput) naming the file.
  void (*check)(const std::filesystem::path& file, const DepthClipInfo& clip,
                std::optional<Rational> fps) = nullptr;
  /// Null for what is not made of depth maps: snippets and the trace, which the run makes itself.
  std::unique_ptr<DepthSink> (*make)(const std::filesystem::path& file,
                                     SinkSettings settings) = nullptr;

  /// "--save-sbs", what it is called in messages.
  [[nodiscard]] std::string first_option() const;
  /// "_pred.npy", "_Greys_r.mp4". @param colormap counts with kColormaps only.
  [[nodiscard]] std::string ending_for(const std::string& colormap) const;
};

/// All of them, in the order in which their options are listed and their files named.
const std::vector<OutputFormat>& output_formats();
/// REQUIRES: a row of this name.
const OutputFormat& output_format(std::string_view name);

/// What is written unless options say otherwise, by name; without colour maps, which are listed.
using OutputChoice = std::map<std::string, bool, std::less<>>;
OutputChoice default_outputs();
/// Leaves `word` of the formats that share a kChoice option.
/// @throws Error(kUsage) for an unknown word, suggesting the nearest.
void choose_output(OutputChoice& outputs, const std::string& option, std::string_view word);

/// Whether a file or a folder is named as outputs are.
/// @return the part of the name that is the input's; nothing for another name.
std::optional<std::string> input_of_output(const std::string& file_name);

}  // namespace rollingdepth
