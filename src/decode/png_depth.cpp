#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/json_reader.hpp"
#include "decode/depth_readers.hpp"
#include "decode/picture_file.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

/// value = min + scale * pixel.
struct PixelScale {
  double min = 0;
  double scale = 1;
};

PixelScale read_scale(const std::filesystem::path& file) try {
  const auto scale = read_json<nlohmann::json>(file);
  return {.min = scale.at("min").get<double>(), .scale = scale.at("scale").get<double>()};
} catch (const JsonError& error) {
  throw Error(ErrorKind::kInput, "cannot read " + file.string() + ": " + error.what());
} catch (const nlohmann::json::exception&) {
  throw Error(ErrorKind::kInput,
              "cannot read " + file.string() + ": it does not give the numbers min and scale");
}

at::Tensor depth_of(const std::filesystem::path& picture, PixelScale scale,
                    std::int64_t max_pixels) {
  // Computed in double: float would round the scale.
  const at::Tensor levels = read_grey_picture(picture, max_pixels).to(at::kDouble);
  return (levels * scale.scale + scale.min).to(at::kFloat);
}

}  // namespace

DepthPicture png_depth(const std::filesystem::path& folder, double png_scale,
                       std::int64_t max_pixels) {
  if (!(png_scale > 0) || std::isinf(png_scale)) {
    throw Error(ErrorKind::kUsage, "levels per unit of PNG depth: must be above 0");
  }
  PixelScale scale{.min = 0, .scale = 1 / png_scale};
  const std::filesystem::path file = folder / "depth.json";
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) scale = read_scale(file);
  return [scale, max_pixels](const std::filesystem::path& picture) {
    return depth_of(picture, scale, max_pixels);
  };
}

}  // namespace rollingdepth
