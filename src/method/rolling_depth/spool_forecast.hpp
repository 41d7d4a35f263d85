#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "method/rolling_depth/clip_plan.hpp"
#include "method/rolling_depth/model.hpp"
#include "pipeline.hpp"

namespace rollingdepth {

/// What a run will hold outside memory, known from its size and number of frames alone, in closed
/// form: any number of frames will do.
struct SpoolForecast {
  std::int64_t peak_bytes = 0;    ///< Of the spool.
  std::int64_t disk_bytes = 0;    ///< Of spool and outputs together, where they share a disk.
  std::int64_t sample_bytes = 0;  ///< In memory during a fit, besides the spool.
  std::int64_t depth_bytes = 0;   ///< The finished depth of the clip in float32.
};

/// @param value_bytes of the model's dtype.
SpoolForecast forecast_spool(FrameSize input, std::int64_t frames, const ModelInfo& model,
                             std::size_t value_bytes, const PipelineOptions& options);

/// Whether a disk has room for a run.
struct DiskNeed {
  bool fits = true;
  std::string why;     ///< "60 frames in FOLDER need 3 GB, and 2 GB are free".
  std::string advice;  ///< What helps, such as how many --chunk-frames would fit.
};

/// Compares what a run needs besides `there_bytes`, which an earlier run of the job has left in the
/// folder of the spool, with what is free. @param value_bytes as for forecast_spool().
DiskNeed need_of_disk(FrameSize input, std::int64_t frames, const ModelInfo& model,
                      std::size_t value_bytes, const PipelineOptions& options,
                      std::int64_t there_bytes);

}  // namespace rollingdepth
