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

namespace {

std::int64_t needed_bytes(const Forecast& forecast, double output_bytes_per_pixel,
                          const SpoolPlace& place, std::int64_t there_bytes) {
  // Without a job the first part stays in memory.
  const std::int64_t in_memory = place.job ? 0 : place.memory_limit_bytes;
  return std::max<std::int64_t>(
      disk_bytes(forecast, output_bytes_per_pixel) - there_bytes - in_memory, 0);
}

// The largest number where the file system does not say; writing will tell.
std::int64_t free_bytes(const SpoolPlace& place) {
  std::error_code problem;
  const std::filesystem::space_info space = std::filesystem::space(place.folder, problem);
  constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
  if (problem) return kMost;
  return static_cast<std::int64_t>(std::min<std::uintmax_t>(space.available, kMost));
}

}  // namespace

DiskNeed need_of_disk(const Forecast& forecast, std::int64_t frames, double output_bytes_per_pixel,
                      const SpoolPlace& place, std::int64_t there_bytes) {
  const std::int64_t free = free_bytes(place);
  const std::int64_t needed = needed_bytes(forecast, output_bytes_per_pixel, place, there_bytes);
  if (needed <= free) return {};
  return {.fits = false,
          .why = std::to_string(frames) + " frames in " + place.folder.string() + " need " +
                 format_bytes(static_cast<double>(needed)) + ", and " +
                 format_bytes(static_cast<double>(free)) + " are free",
          .advice = "; --spool-dir puts it elsewhere"};
}

DiskNeed need_of_disk(const PlannedWriting& writing, const SpoolPlace& place,
                      std::int64_t there_bytes) {
  const double output_bytes = writing.output_bytes_per_pixel;
  DiskNeed need = need_of_disk(writing.method.forecast(writing.clip, writing.dtype),
                               writing.clip.frames, output_bytes, place, there_bytes);
  if (need.fits) return need;
  for (const auto& [option, forecast] : writing.method.savings(writing.clip, writing.dtype)) {
    const std::int64_t needed = needed_bytes(forecast, output_bytes, place, there_bytes);
    if (needed > free_bytes(place)) continue;
    need.advice +=
        ", and with " + option + " it needs " + format_bytes(static_cast<double>(needed));
    break;
  }
  return need;
}

}  // namespace rollingdepth
