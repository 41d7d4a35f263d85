#pragma once

#include <cstdint>
#include <string>

#include "rollingdepth/method.hpp"
#include "store/spool.hpp"

namespace rollingdepth {

/// What a run will write.
struct PlannedWriting {
  const DepthMethod& method;  ///< Borrowed.
  ClipShape clip;
  c10::ScalarType dtype;
  double output_bytes_per_pixel = 0;  ///< Of files on the spool's own disk.
};

/// Bytes of disk that spool and outputs take together at their largest, where they share it.
std::int64_t disk_bytes(const Forecast& forecast, double output_bytes_per_pixel);

/// Whether a disk has room for a run.
struct DiskNeed {
  bool fits = true;
  std::string why = {};     ///< "60 frames in FOLDER need 3 GB, and 2 GB are free".
  std::string advice = {};  ///< What helps, such as how many --chunk-frames would fit.
};

/// Compares what a run needs besides `there_bytes`, which an earlier run of the job has left in the
/// folder of the spool, with what is free.
DiskNeed need_of_disk(const PlannedWriting& writing, const SpoolPlace& place,
                      std::int64_t there_bytes);

/// The same of a forecast for so many frames, with advice that holds for any.
DiskNeed need_of_disk(const Forecast& forecast, std::int64_t frames, double output_bytes_per_pixel,
                      const SpoolPlace& place, std::int64_t there_bytes);

}  // namespace rollingdepth
