#include "method/disk_space.hpp"

#include <algorithm>
#include <filesystem>
#include <limits>
#include <string>

#include "base/byte_size.hpp"
#include "base/error.hpp"

namespace rollingdepth {

std::int64_t disk_bytes(const Forecast& forecast, double output_bytes_per_pixel) {
  const auto outputs = static_cast<std::int64_t>(static_cast<double>(forecast.depth_bytes) /
                                                 sizeof(float) * output_bytes_per_pixel);
  return std::max(forecast.spool_peak_bytes, forecast.spool_kept_bytes + outputs);
}

void require_disk_space(const DiskNeed& need, const SpoolPlace& place, std::int64_t there_bytes) {
  const auto needed = [&](const Forecast& forecast) {
    // Without a job the first part stays in memory.
    const std::int64_t in_memory = place.job ? 0 : place.memory_limit_bytes;
    return std::max<std::int64_t>(
        disk_bytes(forecast, need.output_bytes_per_pixel) - there_bytes - in_memory, 0);
  };
  std::error_code problem;
  const std::filesystem::space_info space = std::filesystem::space(place.folder, problem);
  if (problem) return;  // A file system that does not say; writing will tell.
  const auto free = static_cast<std::int64_t>(
      std::min<std::uintmax_t>(space.available, std::numeric_limits<std::int64_t>::max()));
  const std::int64_t needed_bytes = needed(need.method.forecast(need.clip, need.dtype));
  if (needed_bytes <= free) return;

  std::string advice = "; --spool-dir puts it elsewhere";
  for (const auto& [option, forecast] : need.method.savings(need.clip, need.dtype)) {
    if (needed(forecast) > free) continue;
    advice +=
        ", and with " + option + " it needs " + format_bytes(static_cast<double>(needed(forecast)));
    break;
  }
  throw Error(ErrorKind::kOutput,
              "cannot start: " + std::to_string(need.clip.frames) + " frames in " +
                  place.folder.string() + " need " +
                  format_bytes(static_cast<double>(needed_bytes)) + ", and " +
                  format_bytes(static_cast<double>(free)) + " are free" + advice,
              Retry::kLater);
}

}  // namespace rollingdepth
