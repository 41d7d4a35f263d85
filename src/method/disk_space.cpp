#include "method/disk_space.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <string>

#include "base/byte_size.hpp"

namespace rollingdepth {

std::int64_t disk_bytes(const Forecast& forecast, double output_bytes_per_pixel) {
  const double outputs =
      static_cast<double>(forecast.depth_bytes) / sizeof(float) * output_bytes_per_pixel;
  const double at_the_end = static_cast<double>(forecast.spool_kept_bytes) + outputs;
  return std::max(forecast.spool_peak_bytes, whole_bytes(at_the_end));
}

DiskNeed need_of_disk(const PlannedWriting& writing, const SpoolPlace& place,
                      std::int64_t there_bytes) {
  const auto needed = [&](const Forecast& forecast) {
    // Without a job the first part stays in memory.
    const std::int64_t in_memory = place.job ? 0 : place.memory_limit_bytes;
    return std::max<std::int64_t>(
        disk_bytes(forecast, writing.output_bytes_per_pixel) - there_bytes - in_memory, 0);
  };
  std::error_code problem;
  const std::filesystem::space_info space = std::filesystem::space(place.folder, problem);
  if (problem) return {};  // A file system that does not say; writing will tell.
  const auto free = static_cast<std::int64_t>(
      std::min<std::uintmax_t>(space.available, std::numeric_limits<std::int64_t>::max()));
  const std::int64_t needed_bytes = needed(writing.method.forecast(writing.clip, writing.dtype));
  if (needed_bytes <= free) return {};

  DiskNeed need{.fits = false, .advice = "; --spool-dir puts it elsewhere"};
  need.why = std::to_string(writing.clip.frames) + " frames in " + place.folder.string() +
             " need " + format_bytes(static_cast<double>(needed_bytes)) + ", and " +
             format_bytes(static_cast<double>(free)) + " are free";
  for (const auto& [option, forecast] : writing.method.savings(writing.clip, writing.dtype)) {
    if (needed(forecast) > free) continue;
    need.advice +=
        ", and with " + option + " it needs " + format_bytes(static_cast<double>(needed(forecast)));
    break;
  }
  return need;
}

}  // namespace rollingdepth
