#pragma once

#include <cstdint>

#include "method/depth_method.hpp"
#include "store/spool.hpp"

namespace rollingdepth {

/// What a run will write.
struct DiskNeed {
  const DepthMethod& method;  ///< Borrowed.
  ClipShape clip;
  c10::ScalarType dtype;
  double output_bytes_per_pixel = 0;  ///< Of files on the spool's own disk.
};

/// Bytes of disk that spool and outputs take together at their largest, where they share it.
std::int64_t disk_bytes(const Forecast& forecast, double output_bytes_per_pixel);

/// Refuses a run that would fill the disk.
/// @param there_bytes what an earlier run of the job has left in the folder of the spool.
/// @throws Error(kOutput) saying how much is needed and free, and which setting would fit.
void require_disk_space(const DiskNeed& need, const SpoolPlace& place, std::int64_t there_bytes);

}  // namespace rollingdepth
