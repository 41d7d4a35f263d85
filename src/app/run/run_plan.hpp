#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/run/outputs.hpp"
#include "base/clip.hpp"
#include "method/rolling_depth/clip_plan.hpp"
#include "method/rolling_depth/model.hpp"
#include "method/rolling_depth/spool_forecast.hpp"
#include "pipeline.hpp"

namespace rollingdepth {

/// What a run of one clip would do, as far as the container tells.
struct RunPlan {
  FrameSize processing_size;
  std::optional<ClipPlan> clip;  ///< Unset where the container does not say how many frames.
  std::optional<std::int64_t> frames;
  bool frames_exact = true;        ///< Else what is counted in frames is an estimate.
  std::uint64_t memory_bytes = 0;  ///< An estimate of the peak.
  /// The same of a GPU with memory of its own.
  std::optional<std::uint64_t> gpu_memory_bytes;
  std::int64_t spool_bytes = 0;  ///< Of disk.
  SpoolForecast spool;           ///< Zeros where the number of frames is not known.
};

/// A model that is not loaded.
struct PlannedModel {
  const ModelInfo& info;     ///< Borrowed.
  std::uint64_t file_bytes;  ///< Of the package's files.
  c10::Device device;
  c10::ScalarType dtype;
};

/// What these options come to for a clip; asks a GPU for its free memory, reads and writes nothing.
/// @throws Error(kUsage) for options that do not fit the clip or the model.
RunPlan plan_run(const ClipInfo& clip, const RunOptions& run, const PipelineOptions& options,
                 const PlannedModel& model);

/// "city.mp4 · 720×405, 60 frames at 25 fps → 384×216"; "about 60" where the container does not
/// count them.
std::string clip_line(const std::string& name, const ClipInfo& clip, const PipelineOptions& options,
                      FrameSize processing);

/// The lines of `--dry-run` for one input.
std::string plan_text(const std::string& name, const ClipInfo& clip, const RunPlan& plan,
                      const OutputFiles& files);

}  // namespace rollingdepth
