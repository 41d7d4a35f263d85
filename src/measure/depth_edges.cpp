#include "measure/depth_edges.hpp"

#include <cstddef>
#include <limits>
#include <vector>

#include "measure/map_pixels.hpp"

namespace rollingdepth {
namespace {

using PixelMask = std::vector<std::uint8_t>;  // [H, W], 0 or 1.

// Pixels whose 3x3 surroundings are in the frame and set in `mask`, or, for kAny, of which one is.
enum class Surroundings { kAll, kAny };

template <Surroundings kWanted, class Mask>
PixelMask surrounded(const Mask* mask, std::size_t height, std::size_t width) {
  const auto join = [](std::uint8_t a, std::uint8_t b, std::uint8_t c) -> std::uint8_t {
    return kWanted == Surroundings::kAll ? a & b & c : a | b | c;
  };
  PixelMask result(height * width);
  if (height < 3 || width < 3) return result;
  PixelMask columns(width);
  for (std::size_t y = 1; y + 1 < height; ++y) {
    const Mask* middle = mask + y * width;
    for (std::size_t x = 0; x < width; ++x) {
      columns[x] = join(middle[x - width], middle[x], middle[x + width]);
    }
    std::uint8_t* to = result.data() + y * width;
    for (std::size_t x = 1; x + 1 < width; ++x) {
      to[x] = join(columns[x - 1], columns[x], columns[x + 1]);
    }
  }
  return result;
}

// Edge pixels among `counted`, which has none at the border. NaN beside them does no harm.
PixelMask edges(const float* map, const PixelMask& counted, std::size_t height, std::size_t width,
                double threshold) {
  PixelMask result(counted.size());
  const double longest = 64 * threshold * threshold;  // 8 is the sum of a kernel's weights.
  for (std::size_t y = 1; y + 1 < height; ++y) {
    const float* above = map + (y - 1) * width;
    const float* here = map + y * width;
    const float* below = map + (y + 1) * width;
    for (std::size_t x = 1; x + 1 < width; ++x) {
      const double top_left = above[x - 1], top_right = above[x + 1];
      const double bottom_left = below[x - 1], bottom_right = below[x + 1];
      const double across = (top_right - top_left) + (bottom_right - bottom_left) +
                            2 * (static_cast<double>(here[x + 1]) - here[x - 1]);
      const double down = (bottom_left - top_left) + (bottom_right - top_right) +
                          2 * (static_cast<double>(below[x]) - above[x]);
      const std::uint8_t steep = across * across + down * down > longest;
      result[y * width + x] = steep & counted[y * width + x];
    }
  }
  return result;
}

}  // namespace

void EdgeCounts::add(const EdgeCounts& other) {
  pixels += other.pixels;
  reference += other.reference;
  candidate += other.candidate;
  reference_found += other.reference_found;
  candidate_found += other.candidate_found;
}

double EdgeCounts::f1() const {
  if (pixels == 0) return std::numeric_limits<double>::quiet_NaN();
  if (reference == 0 && candidate == 0) return 1;
  if (reference_found == 0 || candidate_found == 0) return 0;
  const double precision = static_cast<double>(candidate_found) / static_cast<double>(candidate);
  const double recall = static_cast<double>(reference_found) / static_cast<double>(reference);
  return 2 * precision * recall / (precision + recall);
}

EdgeCounts edge_counts(const MapPair& maps, double threshold) {
  const MapPixels pixels = pixels_of(maps);
  const std::size_t height = pixels.height, width = pixels.width;
  const auto counted = surrounded<Surroundings::kAll>(pixels.valid, height, width);
  const PixelMask reference = edges(pixels.reference, counted, height, width, threshold);
  const PixelMask candidate = edges(pixels.candidate, counted, height, width, threshold);
  const auto near_reference = surrounded<Surroundings::kAny>(reference.data(), height, width);
  const auto near_candidate = surrounded<Surroundings::kAny>(candidate.data(), height, width);
  EdgeCounts counts;
  for (std::size_t p = 0; p < pixels.count(); ++p) {
    counts.pixels += counted[p];
    counts.reference += reference[p];
    counts.candidate += candidate[p];
    counts.reference_found += reference[p] & near_candidate[p];
    counts.candidate_found += candidate[p] & near_reference[p];
  }
  return counts;
}

}  // namespace rollingdepth
