#include <ATen/ATen.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <system_error>

#include "../base/json_reader.hpp"
#include "depth_readers.hpp"
#include "picture_file.hpp"
#include "rollingdepth/base/error.hpp"

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

at::Tensor depth_of(const std::filesystem::path& picture, PixelScale scale) {
  const cv::Mat levels = read_picture(picture, cv::IMREAD_UNCHANGED);
  if (levels.type() != CV_8UC1 && levels.type() != CV_16UC1) {
    throw Error(ErrorKind::kInput, "cannot read picture " + picture.string() + ": it has " +
                                       std::to_string(levels.channels()) +
                                       " channels; depth is a grey picture of 8 or 16 bits");
  }
  at::Tensor depth = at::empty({levels.rows, levels.cols}, at::kFloat);
  cv::Mat values;
  // Computed in double: OpenCV would round the scale of float values to float.
  levels.convertTo(values, CV_64F, scale.scale, scale.min);
  values.convertTo(cv::Mat(levels.size(), CV_32F, depth.data_ptr()), CV_32F);
  return depth;
}

}  // namespace

DepthPicture png_depth(const std::filesystem::path& folder, double png_scale) {
  if (!(png_scale > 0) || std::isinf(png_scale)) {
    throw Error(ErrorKind::kUsage, "levels per unit of PNG depth: must be above 0");
  }
  PixelScale scale{.min = 0, .scale = 1 / png_scale};
  const std::filesystem::path file = folder / "depth.json";
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) scale = read_scale(file);
  return [scale](const std::filesystem::path& picture) { return depth_of(picture, scale); };
}

}  // namespace rollingdepth
