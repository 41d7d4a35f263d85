#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "decode/reduced_clip.hpp"
#include "decode/video_reader.hpp"
#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// Frame rate of image sequences where `--fps` is not given.
inline constexpr Rational kDefaultImageRate{25, 1};

struct RunOptions;

/// One clip to run.
struct PlannedInput {
  std::string name;                          ///< For messages: a path, as short as the user's.
  std::string stem;                          ///< Begins the names of its outputs.
  std::string extension = {};                ///< ".mov"; empty for a folder of images.
  std::filesystem::path subfolder;           ///< Of the output folder; empty for itself.
  std::vector<std::filesystem::path> files;  ///< What is read.
  bool is_video = false;                     ///< One file, which may have sound.
  std::function<std::unique_ptr<FrameSource>()> open;
  bool deinterlaces = false;     ///< What `open` does with interlaced pictures,
  ClipReduction reduction = {};  ///< and with all.
};

/// What the values of `-i` name.
struct InputPlan {
  std::vector<PlannedInput> inputs;
  std::vector<std::string> problems;  ///< Values that name nothing usable, one line each.
  std::vector<std::string> notes;     ///< What was left out, one line each.
};

/// Expands files, folders, lists and image patterns. Never throws for a value: it becomes a
/// problem. What is named more than once comes once.
/// @param recursive folders are searched to the bottom.
/// @param image_rate frame rate of image sequences.
/// @param video how videos are read; its largest number of pixels counts for pictures too.
/// @param reduction of every clip.
InputPlan plan_inputs(const std::vector<std::string>& values, bool recursive, Rational image_rate,
                      const VideoReading& video = {}, const ClipReduction& reduction = {});

/// The same of the inputs of a run, read as its options say.
InputPlan plan_inputs(const RunOptions& options);

/// @throws Error(kUsage) naming two inputs whose outputs would have the same name.
void require_distinct_outputs(const std::vector<PlannedInput>& inputs);

}  // namespace rollingdepth
