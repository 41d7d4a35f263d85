#include "app/camera_options.hpp"

#include <utility>
#include <vector>

#include "app/option_values.hpp"
#include "base/formatted.hpp"
#include "rollingdepth/error.hpp"
#include "tracks/camera_file.hpp"

namespace rollingdepth {
namespace {

constexpr const char* kIntrinsics = "--intrinsics";
constexpr const char* kFieldOfView = "--fov-x";
constexpr const char* kFile = "--camera";

std::array<double, 4> parse_intrinsics(const std::string& text) {
  const std::vector<double> numbers =
      parse_real_numbers(kIntrinsics, text, 4, "four numbers, fx,fy,cx,cy");
  if (numbers[0] > 0 && numbers[1] > 0) return {numbers[0], numbers[1], numbers[2], numbers[3]};
  throw Error(ErrorKind::kUsage, std::string(kIntrinsics) + ": focal lengths must be above 0");
}

}  // namespace

void CameraOptions::validate() const {
  std::string first;
  for (const auto& [is_set, name] : {std::pair{intrinsics.has_value(), kIntrinsics},
                                     {fov_x_degrees.has_value(), kFieldOfView},
                                     {file.has_value(), kFile}}) {
    if (!is_set) continue;
    if (!first.empty()) {
      throw Error(ErrorKind::kUsage, std::string(name) + ": not together with " + first);
    }
    first = name;
  }
}

std::string CameraOptions::text() const {
  std::string text;
  if (intrinsics) {
    const auto [fx, fy, cx, cy] = *intrinsics;
    text.append(kIntrinsics) += formatted(" %.9g,%.9g,%.9g,%.9g", fx, fy, cx, cy);
  }
  if (fov_x_degrees) text.append(kFieldOfView) += formatted(" %.9g", *fov_x_degrees);
  if (file) text.append(kFile).append(" ") += file->string();
  return text;
}

void add_camera_options(OptionTable& table, CameraOptions& choice) {
  table.one(kIntrinsics, "FX,FY,CX,CY",
            "The camera, in pixels of the input as it is shown, whose pictures span 0 to its width "
            "and height",
            "f = 1.2 x the longer side",
            [&](const std::string& word) { choice.intrinsics = parse_intrinsics(word); });
  table.real(kFieldOfView, "The camera by its angle of view over the width, in degrees", "",
             [&](double degrees) {
               if (!(degrees > 0 && degrees < 180)) {
                 throw Error(ErrorKind::kUsage,
                             std::string(kFieldOfView) + ": must be above 0 and below 180 degrees");
               }
               choice.fov_x_degrees = degrees;
             });
  table.path(kFile, "FILE",
             "The camera, lens included: COLMAP's cameras.txt, or a calibration of OpenCV or ROS "
             "in .yml, .yaml or .xml",
             "", [&](std::filesystem::path path) { choice.file = std::move(path); });
}

Camera camera_of(const CameraOptions& choice, FrameSize pictures) {
  if (choice.intrinsics) {
    const auto [fx, fy, cx, cy] = *choice.intrinsics;
    return {.fx_px = fx, .fy_px = fy, .cx_px = cx, .cy_px = cy, .source = choice.text()};
  }
  if (choice.fov_x_degrees) return camera_of_field_of_view(pictures, *choice.fov_x_degrees);
  if (choice.file) return read_camera(*choice.file, pictures);
  return assumed_camera(pictures);
}

}  // namespace rollingdepth
