#include "measure/temporal.hpp"

#include <ATen/core/Tensor.h>

#include <cmath>

#include "measure/map_pixels.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

void require_same_size(const MapPixels& before, const MapPixels& now) {
  if (before.height != now.height || before.width != now.width) {
    throw Error(ErrorKind::kFailed, "cannot compare depth maps of different sizes");
  }
}

struct FlowPixels {
  const float* across = nullptr;
  const float* down = nullptr;
  const bool* visible = nullptr;
};

FlowPixels pixels_of(const BackwardFlow& flow, const MapPixels& maps) {
  const auto height = static_cast<std::int64_t>(maps.height);
  const auto width = static_cast<std::int64_t>(maps.width);
  if (!is_plain(flow.offset, at::kFloat, {2, height, width}) ||
      !is_plain(flow.visible, at::kBool, {height, width})) {
    throw Error(ErrorKind::kFailed,
                "cannot follow the flow: it is not contiguous float32 [2, H, W] on the CPU, with a "
                "bool mask, of the size of the depth maps");
  }
  const auto* offset = flow.offset.const_data_ptr<float>();
  return {offset, offset + maps.count(), flow.visible.const_data_ptr<bool>()};
}

// A position between the pixels of a map.
struct Position {
  std::size_t left, right, top, bottom;
  double right_share, bottom_share;

  [[nodiscard]] double value(const float* map, std::size_t width) const {
    const float* upper = map + top * width;
    const float* lower = map + bottom * width;
    const auto between = [this](double a, double b) { return a + right_share * (b - a); };
    const double above = between(upper[left], upper[right]);
    const double below = between(lower[left], lower[right]);
    return above + bottom_share * (below - above);
  }
  [[nodiscard]] bool valid(const bool* mask, std::size_t width) const {
    return mask[top * width + left] && mask[top * width + right] && mask[bottom * width + left] &&
           mask[bottom * width + right];
  }
};

// REQUIRES: x and y are in the frame. On a pixel, it is both neighbours: the one beyond it has no
// part in the value, so that it need not be there or be valid.
Position position_at(double x, double y) {
  const double left = std::floor(x), top = std::floor(y);
  return {.left = static_cast<std::size_t>(left),
          .right = static_cast<std::size_t>(std::ceil(x)),
          .top = static_cast<std::size_t>(top),
          .bottom = static_cast<std::size_t>(std::ceil(y)),
          .right_share = x - left,
          .bottom_share = y - top};
}

}  // namespace

void ChangeSums::add(const ChangeSums& other) {
  pixels += other.pixels;
  candidate += other.candidate;
  reference += other.reference;
}

ChangeSums change_between(const MapPair& before, const MapPair& now) {
  const MapPixels old = pixels_of(before), current = pixels_of(now);
  require_same_size(old, current);
  ChangeSums sums;
  for (std::size_t p = 0; p < current.count(); ++p) {
    if (!old.valid[p] || !current.valid[p]) continue;
    ++sums.pixels;
    sums.candidate += std::abs(static_cast<double>(current.candidate[p]) - old.candidate[p]);
    sums.reference += std::abs(static_cast<double>(current.reference[p]) - old.reference[p]);
  }
  return sums;
}

ChangeSums change_along_flow(const MapPair& before, const MapPair& now, const BackwardFlow& flow) {
  const MapPixels old = pixels_of(before), current = pixels_of(now);
  require_same_size(old, current);
  const FlowPixels motion = pixels_of(flow, current);
  const std::size_t width = current.width;
  ChangeSums sums;
  for (std::size_t p = 0; p < current.count(); ++p) {
    if (!current.valid[p] || !motion.visible[p]) continue;
    const double x = static_cast<double>(p % width) + motion.across[p];
    const double y = static_cast<double>(p / width) + motion.down[p];
    // False for NaN as well.
    const bool inside = x >= 0 && x <= static_cast<double>(width - 1) && y >= 0 &&
                        y <= static_cast<double>(current.height - 1);
    if (!inside) continue;
    const Position position = position_at(x, y);
    if (!position.valid(old.valid, width)) continue;
    ++sums.pixels;
    sums.candidate += std::abs(current.candidate[p] - position.value(old.candidate, width));
    sums.reference += std::abs(current.reference[p] - position.value(old.reference, width));
  }
  return sums;
}

void fill_temporal_metrics(const ChangeSums& sums, MetricValues& values) {
  if (sums.pixels == 0) return;
  const auto pixels = static_cast<double>(sums.pixels);
  values[Metric::kTemporalChange] = sums.candidate / pixels;
  values[Metric::kReferenceTemporalChange] = sums.reference / pixels;
  values[Metric::kTemporalDifference] = (sums.candidate - sums.reference) / pixels;
}

void fill_flow_metrics(const ChangeSums& sums, MetricValues& values) {
  if (sums.pixels == 0) return;
  const auto pixels = static_cast<double>(sums.pixels);
  values[Metric::kFlowWarpError] = sums.candidate / pixels;
  values[Metric::kReferenceFlowWarpError] = sums.reference / pixels;
}

}  // namespace rollingdepth
