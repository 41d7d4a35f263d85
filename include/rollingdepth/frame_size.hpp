#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rollingdepth {

enum class ResampleMethod { kBilinear, kBicubic, kNearestExact };

/// BILINEAR, BICUBIC, NEAREST_EXACT, in any case. @throws Error(kUsage) for another name.
ResampleMethod parse_resample_method(std::string_view name);
std::string to_string(ResampleMethod method);

/// Bounds of a processing resolution other than 0. Beyond the upper one no network runs in any
/// memory there is, and products of sizes would overflow.
inline constexpr std::int64_t kMinResolutionPx = 8;
inline constexpr std::int64_t kMaxResolutionPx = 16384;

struct FrameSize {
  std::int64_t width_px = 0;
  std::int64_t height_px = 0;
  friend bool operator==(const FrameSize&, const FrameSize&) = default;
};

}  // namespace rollingdepth
