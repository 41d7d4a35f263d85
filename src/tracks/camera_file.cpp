#include "tracks/camera_file.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json_reader.hpp"
#include "base/leading_number.hpp"
#include "base/printable.hpp"
#include "base/words.hpp"
#include "decode/file_extension.hpp"
#include "rollingdepth/error.hpp"
#include "tracks/calibration_fields.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void refuse(const fs::path& file, const std::string& why) {
  throw Error(ErrorKind::kInput, "cannot read the camera " + file.string() + ": " + why);
}

std::string size_text(double width, double height) {
  std::ostringstream text;
  text << width << "x" << height;
  return text.str();
}

void require_size(const fs::path& file, FrameSize size, double width, double height) {
  const auto own_width = static_cast<double>(size.width_px);
  const auto own_height = static_cast<double>(size.height_px);
  if (width == own_width && height == own_height) return;
  refuse(file, "it is of " + size_text(width, height) + " pixels, the video of " +
                   size_text(own_width, own_height) + ": give the camera of the video's size");
}

Camera checked(const fs::path& file, Camera camera) {
  for (const double focal : {camera.fx_px, camera.fy_px}) {
    if (!std::isfinite(focal) || focal <= 0) refuse(file, "its focal length is not above 0");
  }
  bool finite = std::isfinite(camera.cx_px) && std::isfinite(camera.cy_px);
  for (const double number : camera.distortion) finite = finite && std::isfinite(number);
  if (!finite) refuse(file, "a number is not finite");
  return camera;
}

double number_of(const fs::path& file, const std::string& word) {
  std::string_view text = word;
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const auto number = leading_number(text, /*exponents=*/true);
  if (!number || number->length != text.size() || !std::isfinite(number->value)) {
    refuse(file, in_quotes(word) + " is not a number");
  }
  return number->value;
}

/// A line of cameras.txt: CAMERA_ID, MODEL, WIDTH, HEIGHT, PARAMS[].
Camera colmap_camera(const fs::path& file, const std::vector<std::string>& words, FrameSize size) {
  if (words.size() < 5) refuse(file, "a camera needs an id, a model, width, height and numbers");
  const std::string& model = words[1];
  require_size(file, size, number_of(file, words[2]), number_of(file, words[3]));
  std::vector<double> p;
  for (std::size_t i = 4; i < words.size(); ++i) p.push_back(number_of(file, words[i]));
  const auto require_count = [&](std::size_t count) {
    if (p.size() == count) return;
    refuse(file,
           model + " has " + std::to_string(count) + " numbers, not " + std::to_string(p.size()));
  };
  Camera camera{.source = file.filename().string() + " (COLMAP, " + model + ")"};
  const auto one_focal = [&] {
    camera.fx_px = camera.fy_px = p[0];
    camera.cx_px = p[1];
    camera.cy_px = p[2];
  };
  const auto two_focals = [&] {
    camera.fx_px = p[0];
    camera.fy_px = p[1];
    camera.cx_px = p[2];
    camera.cy_px = p[3];
  };
  if (model == "SIMPLE_PINHOLE") {
    require_count(3);
    one_focal();
  } else if (model == "PINHOLE") {
    require_count(4);
    two_focals();
  } else if (model == "SIMPLE_RADIAL") {
    require_count(4);
    one_focal();
    camera.distortion = {p[3], 0, 0, 0, 0};
  } else if (model == "RADIAL") {
    require_count(5);
    one_focal();
    camera.distortion = {p[3], p[4], 0, 0, 0};
  } else if (model == "OPENCV") {
    require_count(8);
    two_focals();
    camera.distortion = {p[4], p[5], p[6], p[7], 0};
  } else {
    refuse(file, "its model is " + model +
                     ", known are SIMPLE_PINHOLE, PINHOLE, SIMPLE_RADIAL, RADIAL and OPENCV: "
                     "undistort the video with COLMAP's image_undistorter");
  }
  return checked(file, camera);
}

Camera read_colmap(const fs::path& file, const std::string& text, FrameSize size) {
  std::vector<std::vector<std::string>> cameras;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    std::vector<std::string> words = words_of(line);
    if (!words.empty() && words.front().front() != '#') cameras.push_back(std::move(words));
  }
  if (cameras.empty()) refuse(file, "it holds no camera");
  if (cameras.size() > 1) {
    refuse(file, "it holds " + std::to_string(cameras.size()) +
                     " cameras: leave the line of the one that took this clip");
  }
  return colmap_camera(file, cameras.front(), size);
}

/// A matrix, row by row.
struct Matrix {
  std::string name;
  double rows = 0;
  double columns = 0;
  std::vector<double> values;
};

using Names = std::array<const char*, 4>;
constexpr Names kIntrinsics = {"camera_matrix", "cameraMatrix", "Camera_Matrix", "K"};
constexpr Names kLens = {"distortion_coefficients", "distCoeffs", "Distortion_Coefficients",
                         "dist_coeffs"};

std::set<std::string> wanted_fields() {
  std::set<std::string> wanted = {"image_width",
                                  "image_height",
                                  "fisheye_model",
                                  "distortion_model",
                                  "width",
                                  "height",
                                  "D",
                                  "k",
                                  "d"};
  for (const Names& names : {kIntrinsics, kLens}) {
    for (const std::string name : names) {
      wanted.insert({name, name + ".rows", name + ".cols", name + ".data"});
    }
  }
  return wanted;
}

std::vector<double> numbers_of(const fs::path& file, const std::string& text) {
  std::vector<double> numbers;
  for (const std::string& word : words_of(text)) numbers.push_back(number_of(file, word));
  return numbers;
}

/// The first of these that the file has. A matrix says its size, and has as many values.
std::optional<Matrix> matrix_of(const fs::path& file, const CalibrationFields& fields,
                                const Names& names) {
  for (const std::string name : names) {
    if (!fields.contains(name)) continue;
    const auto rows = fields.find(name + ".rows"), columns = fields.find(name + ".cols"),
               data = fields.find(name + ".data");
    if (rows == fields.end() || columns == fields.end() || data == fields.end()) {
      refuse(file, name + " is no matrix");
    }
    Matrix matrix{.name = name,
                  .rows = number_of(file, rows->second),
                  .columns = number_of(file, columns->second),
                  .values = numbers_of(file, data->second)};
    if (matrix.rows < 0 || matrix.columns < 0 ||
        matrix.rows * matrix.columns != static_cast<double>(matrix.values.size())) {
      refuse(file, name + " has not as many values as its size says");
    }
    return matrix;
  }
  return std::nullopt;
}

/// k1, k2, p1, p2 and k3 are the first numbers of OpenCV's lens with up to 14, and nothing of its
/// fisheye, which ROS calls equidistant. A message without a lens may name none.
void require_known_lens(const fs::path& file, const CalibrationFields& fields,
                        const std::vector<double>& lens) {
  const auto fisheye = fields.find("fisheye_model"), model = fields.find("distortion_model");
  if (fisheye != fields.end() && fisheye->second != "0" && fisheye->second != "false") {
    refuse(file, "its lens is a fisheye: undistort the video first");
  }
  if (model == fields.end()) return;
  const std::string& name = model->second;
  const bool none = std::all_of(lens.begin(), lens.end(), [](double x) { return x == 0; });
  if (name != "plumb_bob" && name != "rational_polynomial" && !(name.empty() && none)) {
    refuse(file, "its lens is " + in_quotes(name) +
                     ", known are plumb_bob and rational_polynomial: undistort the video first");
  }
}

/// What a file says of a camera.
struct Calibration {
  std::vector<double> intrinsics;  // Of the 3x3 matrix, row by row.
  std::vector<double> lens;
  const char* origin;
  const char* width_name;
  const char* height_name;
};

Calibration opencv_calibration(const fs::path& file, const CalibrationFields& fields) {
  auto intrinsics = matrix_of(file, fields, kIntrinsics);
  if (!intrinsics) refuse(file, "it has no camera_matrix");
  if (intrinsics->rows != 3 || intrinsics->columns != 3) {
    refuse(file, intrinsics->name + " is not 3x3");
  }
  auto lens = matrix_of(file, fields, kLens).value_or(Matrix{});
  return {std::move(intrinsics->values), std::move(lens.values), "OpenCV", "image_width",
          "image_height"};
}

/// A message sensor_msgs/CameraInfo as `rostopic echo` and `ros2 topic echo` print it: lists, by
/// names in capitals in ROS 1, beside the size, which is always there.
std::optional<Calibration> message_calibration(const fs::path& file,
                                               const CalibrationFields& fields) {
  if (!fields.contains("width") || !fields.contains("height")) return std::nullopt;
  for (const char* name : kIntrinsics) {
    if (std::string(name) != "K" && fields.contains(name)) return std::nullopt;
  }
  for (const auto& [intrinsics_name, lens_name] : {std::pair{"K", "D"}, std::pair{"k", "d"}}) {
    const auto intrinsics = fields.find(intrinsics_name), lens = fields.find(lens_name);
    if (intrinsics == fields.end() || intrinsics->second.empty()) continue;
    Calibration calibration{numbers_of(file, intrinsics->second), {}, "ROS", "width", "height"};
    if (calibration.intrinsics.size() != 9) {
      refuse(file, intrinsics->first + " has not the 9 numbers of a 3x3 matrix");
    }
    if (lens != fields.end()) calibration.lens = numbers_of(file, lens->second);
    return calibration;
  }
  return std::nullopt;
}

Camera calibrated_camera(const fs::path& file, const CalibrationFields& fields, FrameSize size) {
  const auto message = message_calibration(file, fields);
  const Calibration calibration = message ? *message : opencv_calibration(file, fields);
  // Before its lens and size, which no driver without a calibration knows either.
  Camera camera =
      checked(file, {.fx_px = calibration.intrinsics[0],
                     .fy_px = calibration.intrinsics[4],
                     .cx_px = calibration.intrinsics[2] + 0.5,
                     .cy_px = calibration.intrinsics[5] + 0.5,
                     .source = file.filename().string() + " (" + calibration.origin + ")"});
  require_known_lens(file, fields, calibration.lens);
  for (std::size_t i = 0; i < calibration.lens.size(); ++i) {
    if (i < camera.distortion.size()) {
      camera.distortion[i] = calibration.lens[i];
    } else if (calibration.lens[i] != 0) {
      refuse(file, "its lens has more than k1, k2, p1, p2 and k3: undistort the video first");
    }
  }
  const auto width = fields.find(calibration.width_name),
             height = fields.find(calibration.height_name);
  if (width != fields.end() && height != fields.end()) {
    require_size(file, size, number_of(file, width->second), number_of(file, height->second));
  }
  return camera;
}

Camera read_calibration(const fs::path& file, const std::string& text, FrameSize size) {
  try {
    return calibrated_camera(file, calibration_fields(text, wanted_fields()), size);
  } catch (const CalibrationFault& fault) {
    refuse(file, fault.what());
  }
}

}  // namespace

Camera read_camera(const fs::path& file, FrameSize size) {
  std::string text;
  try {
    text = read_json_text(file);
  } catch (const JsonError& error) {
    refuse(file, "it is too large for a camera");
  }
  const std::string extension = lower_extension(file);
  if (extension == ".txt") return read_colmap(file, text, size);
  if (extension == ".yml" || extension == ".yaml" || extension == ".xml") {
    return read_calibration(file, text, size);
  }
  refuse(file, "its name ends neither in .txt (COLMAP) nor in .yml, .yaml or .xml (OpenCV, ROS)");
}

}  // namespace rollingdepth
