#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

#include "method/rolling_depth/clip_plan.hpp"
#include "method/rolling_depth/model.hpp"
#include "pipeline.hpp"

namespace rollingdepth {

/// What a run will hold outside memory, known from its size and number of frames alone.
struct SpoolForecast {
  std::int64_t peak_bytes = 0;    ///< Of the spool.
  std::int64_t disk_bytes = 0;    ///< Of spool and outputs together, where they share a disk.
  std::int64_t sample_bytes = 0;  ///< In memory during a fit, besides the spool.
  std::int64_t depth_bytes = 0;   ///< The finished depth of the clip in float32.
};

/// @param value_bytes of the model's dtype.
SpoolForecast forecast_spool(FrameSize input, std::int64_t frames, const ModelInfo& model,
                             std::size_t value_bytes, const PipelineOptions& options);

/// Refuses a run that would fill the disk.
/// @param there_bytes what an earlier run of the job has left in the folder of the spool.
/// @throws Error(kOutput) saying how much is needed and free, and how many --chunk-frames would
/// fit.
void require_disk_space(FrameSize input, std::int64_t frames, const ModelInfo& model,
                        std::size_t value_bytes, const PipelineOptions& options,
                        std::int64_t there_bytes);

}  // namespace rollingdepth
