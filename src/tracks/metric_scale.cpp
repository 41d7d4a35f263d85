#include "tracks/metric_scale.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>

#include "base/formatted.hpp"
#include "rollingdepth/error.hpp"
#include "tracks/inverse_depth.hpp"

namespace rollingdepth {
namespace {

// Of the larger of two inverse depths: closer ones are the same but for rounding to float32.
constexpr double kSame = 1e-6;

bool all_the_same(double smallest, double largest) {
  return !(largest - smallest > kSame * std::max(std::abs(smallest), std::abs(largest)));
}

}  // namespace

double InverseScale::metres(double inverse) const {
  const double per_metre = scale * inverse + shift;
  return per_metre > 0 ? 1 / per_metre : kNoDepth;
}

std::string KnownDistance::text() const {
  return formatted("%lld,%g,%g,%g", static_cast<long long>(frame), x_px, y_px, metres);
}

InverseScale scale_between(double smallest_inverse, double largest_inverse, double near,
                           double far) {
  if (all_the_same(smallest_inverse, largest_inverse)) {
    throw Error(ErrorKind::kInput,
                "--near, --far: the depth of the clip is the same everywhere, so that nothing is "
                "near or far");
  }
  const double scale = (1 / near - 1 / far) / (largest_inverse - smallest_inverse);
  return {.scale = scale, .shift = 1 / far - scale * smallest_inverse};
}

KnownFit fit_known_distances(const std::vector<KnownDistance>& known,
                             const std::vector<double>& inverse) {
  const auto [smallest, largest] = std::minmax_element(inverse.begin(), inverse.end());
  if (all_the_same(*smallest, *largest)) {
    throw Error(ErrorKind::kInput,
                "--known: the clip has the same depth at all of these points: give points at "
                "different depths");
  }
  const auto count = static_cast<double>(known.size());
  double mean_x = 0, mean_y = 0;
  for (std::size_t i = 0; i < known.size(); ++i) {
    mean_x += inverse[i] / count;
    mean_y += 1 / known[i].metres / count;
  }
  double xx = 0, xy = 0;
  for (std::size_t i = 0; i < known.size(); ++i) {
    const double right = inverse[i] - mean_x;
    xx += right * right;
    xy += right * (1 / known[i].metres - mean_y);
  }
  const double scale = xy / xx;
  if (!(scale > 0)) {
    throw Error(ErrorKind::kInput,
                "--known: the distances contradict the clip: what is nearer in it is said to be "
                "farther, or all distances are the same. Check frames, positions and metres");
  }
  KnownFit fit{.scale = {.scale = scale, .shift = mean_y - scale * mean_x}, .metres = {}};
  for (std::size_t i = 0; i < known.size(); ++i) {
    fit.metres.push_back(fit.scale.metres(inverse[i]));
    const double residual = std::abs(fit.metres.back() / known[i].metres - 1);
    fit.largest_residual =
        std::max(fit.largest_residual,
                 std::isnan(residual) ? std::numeric_limits<double>::infinity() : residual);
  }
  return fit;
}

}  // namespace rollingdepth
