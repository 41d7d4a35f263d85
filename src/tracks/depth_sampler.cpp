#include "tracks/depth_sampler.hpp"

#include <algorithm>
#include <cmath>

#include "base/formatted.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr double kRadiusPerWidth = 4.0 / 384;
// A smaller window is one pixel and those beside it.
constexpr double kSmallestRadiusPx = 1.0;
// Of 8-bit RGB: pixels that differ by so much have 0.6 of the weight.
constexpr double kColorDeviation = 25;
// The share of the variance that is between the two halves of what is cut in two: 0.75 for a slope,
// 0.72 for one that is seen through a disc, 1 for a step.
constexpr double kSharpness = 0.85;
// Fewer pixels than this share are no surface.
constexpr std::size_t kSmallestSide = 16;
// Three surfaces and more: halves are cut again.
constexpr int kMostCuts = 4;
constexpr std::int64_t kRangeSamples = 16384;
constexpr double kMostBoxPixels = 4096;

}  // namespace

void SamplingOptions::validate() const {
  if (radius_px && !(*radius_px > 0 && *radius_px <= 1000)) {
    throw Error(ErrorKind::kUsage,
                formatted("--radius: %g is not above 0 and at most 1000", *radius_px));
  }
  if (!(edge_threshold > 0)) {
    throw Error(ErrorKind::kUsage,
                formatted("--edge-threshold: %g is not above 0", edge_threshold));
  }
}

DepthSampler::DepthSampler(FrameSize video, FrameSize map, DepthValues values,
                           const SamplingOptions& options)
    : video_(video),
      map_(map),
      values_(values),
      edge_threshold_(options.edge_threshold),
      radius_px_(options.radius_px.value_or(
          std::max(kSmallestRadiusPx, kRadiusPerWidth * static_cast<double>(map.width_px)))),
      map_per_video_x_(static_cast<double>(map.width_px) / static_cast<double>(video.width_px)),
      map_per_video_y_(static_cast<double>(map.height_px) / static_cast<double>(video.height_px)) {}

void DepthSampler::begin_frame(const at::Tensor& depth, const at::Tensor& rgb) {
  depth_ = depth;
  rgb_ = rgb;
  const std::int64_t count = depth.numel();
  const auto* values = depth.const_data_ptr<float>();
  const std::int64_t step = std::max<std::int64_t>(1, count / kRangeSamples);
  std::vector<double> sampled;
  sampled.reserve(static_cast<std::size_t>(count / step + 1));
  for (std::int64_t i = 0; i < count; i += step) {
    const double inverse = inverse_depth(values[i], values_);
    if (!std::isnan(inverse)) sampled.push_back(inverse);
  }
  frame_range_ = 0;
  if (sampled.empty()) return;
  const auto percentile = [&](double share) {
    const auto rank =
        static_cast<std::ptrdiff_t>(std::lround(share * static_cast<double>(sampled.size() - 1)));
    std::nth_element(sampled.begin(), sampled.begin() + rank, sampled.end());
    return sampled[static_cast<std::size_t>(rank)];
  };
  const double farthest = percentile(0.02);
  frame_range_ = percentile(0.98) - farthest;
}

std::optional<DepthSampler::Pixel> DepthSampler::pixel(std::int64_t x, std::int64_t y) const {
  const double value = depth_.const_data_ptr<float>()[y * map_.width_px + x];
  const double inverse = inverse_depth(value, values_);
  if (std::isnan(inverse)) return std::nullopt;
  return Pixel{.inverse = inverse, .value = value};
}

// The mean of the video's pixels that a pixel of the map covers.
DepthSampler::Color DepthSampler::color(std::int64_t x, std::int64_t y) const {
  const auto first = [](std::int64_t at, double map_per_video) {
    return static_cast<std::int64_t>(std::floor(static_cast<double>(at) / map_per_video));
  };
  const std::int64_t left = std::min(first(x, map_per_video_x_), video_.width_px - 1);
  const std::int64_t top = std::min(first(y, map_per_video_y_), video_.height_px - 1);
  const std::int64_t right = std::clamp(first(x + 1, map_per_video_x_), left + 1, video_.width_px);
  const std::int64_t bottom = std::clamp(first(y + 1, map_per_video_y_), top + 1, video_.height_px);
  double sums[3] = {};
  const auto* plane = rgb_.const_data_ptr<std::uint8_t>();
  for (double& sum : sums) {
    for (std::int64_t row = top; row < bottom; ++row) {
      for (std::int64_t column = left; column < right; ++column) {
        sum += plane[row * video_.width_px + column];
      }
    }
    plane += video_.width_px * video_.height_px;
  }
  const auto count = static_cast<double>((right - left) * (bottom - top));
  return {sums[0] / count, sums[1] / count, sums[2] / count};
}

// @param x, y in pixels of the map.
std::vector<DepthSampler::Pixel> DepthSampler::window(double x, double y) const {
  const auto own_x = std::min(static_cast<std::int64_t>(x), map_.width_px - 1);
  const auto own_y = std::min(static_cast<std::int64_t>(y), map_.height_px - 1);
  const auto reach = static_cast<std::int64_t>(std::ceil(radius_px_));
  const bool colored = rgb_.defined();
  const Color own = colored ? color(own_x, own_y) : Color{};
  const double radius2 = radius_px_ * radius_px_;
  std::vector<Pixel> pixels;
  for (std::int64_t row = std::max<std::int64_t>(0, own_y - reach);
       row <= std::min(map_.height_px - 1, own_y + reach); ++row) {
    for (std::int64_t column = std::max<std::int64_t>(0, own_x - reach);
         column <= std::min(map_.width_px - 1, own_x + reach); ++column) {
      const double right = static_cast<double>(column) + 0.5 - x;
      const double below = static_cast<double>(row) + 0.5 - y;
      const double distance2 = right * right + below * below;
      if (distance2 > radius2 && !(row == own_y && column == own_x)) continue;
      std::optional<Pixel> found = pixel(column, row);
      if (!found) continue;
      found->distance_px2 = distance2;
      // Half the radius is one standard deviation.
      found->weight = std::exp(-2 * distance2 / radius2);
      if (colored) {
        const Color there = color(column, row);
        const double difference2 = (there.r - own.r) * (there.r - own.r) +
                                   (there.g - own.g) * (there.g - own.g) +
                                   (there.b - own.b) * (there.b - own.b);
        found->weight *= std::exp(-difference2 / (2 * kColorDeviation * kColorDeviation));
      }
      pixels.push_back(*found);
    }
  }
  return pixels;
}

// Pixels of the map whose centres lie in it, or the one that holds its centre.
std::vector<DepthSampler::Pixel> DepthSampler::central_half(const TrackedPoint& box) const {
  struct Span {
    std::int64_t first, end;
  };
  const auto span = [](double centre, double size, std::int64_t pixels) {
    const double low = std::clamp(centre - size / 4, 0.0, static_cast<double>(pixels));
    const double high = std::clamp(centre + size / 4, 0.0, static_cast<double>(pixels));
    Span found{static_cast<std::int64_t>(std::ceil(low - 0.5)),
               static_cast<std::int64_t>(std::floor(high + 0.5))};
    if (found.first < found.end) return found;
    if (centre < 0 || centre > static_cast<double>(pixels)) return Span{0, 0};
    found.first = std::min(static_cast<std::int64_t>(centre), pixels - 1);
    return Span{found.first, found.first + 1};
  };
  const Span columns =
      span(box.x_px * map_per_video_x_, box.width_px * map_per_video_x_, map_.width_px);
  const Span rows =
      span(box.y_px * map_per_video_y_, box.height_px * map_per_video_y_, map_.height_px);
  const auto count = static_cast<double>((columns.end - columns.first) * (rows.end - rows.first));
  const auto step =
      std::max<std::int64_t>(1, static_cast<std::int64_t>(std::sqrt(count / kMostBoxPixels)));
  std::vector<Pixel> pixels;
  for (std::int64_t row = rows.first; row < rows.end; row += step) {
    for (std::int64_t column = columns.first; column < columns.end; column += step) {
      if (const auto found = pixel(column, row)) pixels.push_back(*found);
    }
  }
  return pixels;
}

// Where two surfaces meet in sorted pixels: how many are on the farther one; 0: there is one.
// Source: Otsu 1979, the cut with the most variance between the two classes.
std::size_t DepthSampler::edge_place(const std::vector<Pixel>& sorted) const {
  const std::size_t count = sorted.size();
  const std::size_t smallest = std::max<std::size_t>(1, count / kSmallestSide);
  if (count < 2 * smallest || count < 2) return 0;
  double sum = 0, squares = 0;
  const double origin = sorted.front().inverse;  // Against cancellation.
  for (const Pixel& pixel : sorted) {
    sum += pixel.inverse - origin;
    squares += (pixel.inverse - origin) * (pixel.inverse - origin);
  }
  const auto all = static_cast<double>(count);
  const double variance = squares / all - sum / all * (sum / all);
  double far_sum = 0, best = 0, best_gap = 0;
  std::size_t place = 0;
  for (std::size_t i = 1; i < count; ++i) {
    far_sum += sorted[i - 1].inverse - origin;
    if (i < smallest || count - i < smallest) continue;
    const auto far = static_cast<double>(i);
    const double gap = (sum - far_sum) / (all - far) - far_sum / far;
    const double between = far / all * (1 - far / all) * gap * gap;
    if (between <= best) continue;
    best = between;
    best_gap = gap;
    place = i;
  }
  const bool apart = best_gap > edge_threshold_ * frame_range_;
  return apart && best > kSharpness * variance ? place : 0;
}

// @return whether there were two sides.
bool DepthSampler::keep_one_side(std::vector<Pixel>& pixels, bool by_weight) const {
  std::sort(pixels.begin(), pixels.end(),
            [](const Pixel& a, const Pixel& b) { return a.inverse < b.inverse; });
  const std::size_t place = edge_place(pixels);
  if (place == 0) return false;
  const auto cut = pixels.begin() + static_cast<std::ptrdiff_t>(place);
  bool near_side = false;
  if (by_weight) {
    double weight = 0;  // Of the near side over the far one.
    for (auto pixel = pixels.begin(); pixel != pixels.end(); ++pixel) {
      weight += pixel < cut ? -pixel->weight : pixel->weight;
    }
    near_side = weight > 0;
  } else {
    near_side = std::min_element(pixels.begin(), pixels.end(), [](const Pixel& a, const Pixel& b) {
                  return a.distance_px2 < b.distance_px2;
                }) >= cut;
  }
  if (near_side) {
    pixels.erase(pixels.begin(), cut);
  } else {
    pixels.erase(cut, pixels.end());
  }
  return true;
}

// The first value, from the farthest on, that half of the weight does not exceed.
// REQUIRES: sorted pixels, at least one.
DepthSample DepthSampler::median(std::vector<Pixel>& pixels) {
  double weight = 0;
  for (const Pixel& pixel : pixels) weight += pixel.weight;
  double passed = 0;
  DepthSample sample{.depth = pixels.back().value, .valid = true};
  for (const Pixel& pixel : pixels) {
    passed += pixel.weight;
    if (passed < weight / 2) continue;
    sample.depth = pixel.value;
    break;
  }
  std::vector<double> deviations;
  deviations.reserve(pixels.size());
  for (const Pixel& pixel : pixels) deviations.push_back(std::abs(pixel.value - sample.depth));
  const auto middle = deviations.begin() + static_cast<std::ptrdiff_t>((deviations.size() - 1) / 2);
  std::nth_element(deviations.begin(), middle, deviations.end());
  sample.spread = *middle;
  return sample;
}

DepthSample DepthSampler::sample(const TrackedPoint& point) const {
  const double x = point.x_px * map_per_video_x_;
  const double y = point.y_px * map_per_video_y_;
  std::vector<Pixel> pixels;
  bool edge = false;
  if (point.is_box()) {
    pixels = central_half(point);
    std::vector<Pixel> sides = pixels;
    edge = keep_one_side(sides, false);
    std::sort(pixels.begin(), pixels.end(),
              [](const Pixel& a, const Pixel& b) { return a.inverse < b.inverse; });
  } else {
    const bool inside = x >= 0 && y >= 0 && x <= static_cast<double>(map_.width_px) &&
                        y <= static_cast<double>(map_.height_px);
    if (inside) pixels = window(x, y);
    int cuts = 0;
    while (cuts < kMostCuts && keep_one_side(pixels, rgb_.defined())) ++cuts;
    edge = cuts > 0;
  }
  if (pixels.empty()) return {};
  DepthSample sample = median(pixels);
  sample.edge = edge;
  return sample;
}

}  // namespace rollingdepth
