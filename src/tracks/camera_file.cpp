#include "tracks/camera_file.hpp"

#include <tinyxml2.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdint>
#include <opencv2/core.hpp>
#include <opencv2/core/persistence.hpp>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_reader.hpp"
#include "base/leading_number.hpp"
#include "decode/file_extension.hpp"
#include "rollingdepth/error.hpp"

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
  const auto number = leading_number(word, /*exponents=*/true);
  if (!number || number->length != word.size() || !std::isfinite(number->value)) {
    refuse(file, "'" + word + "' is not a number");
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
    std::istringstream words(line);
    std::vector<std::string> found;
    for (std::string word; words >> word;) found.push_back(word);
    if (!found.empty() && found.front().front() != '#') cameras.push_back(std::move(found));
  }
  if (cameras.empty()) refuse(file, "it holds no camera");
  if (cameras.size() > 1) {
    refuse(file, "it holds " + std::to_string(cameras.size()) +
                     " cameras: leave the line of the one that took this clip");
  }
  return colmap_camera(file, cameras.front(), size);
}

cv::FileNode first_of(const cv::FileStorage& storage, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (const cv::FileNode node = storage[name]; !node.empty()) return node;
  }
  return {};
}

/// OpenCV takes memory for as many values as a matrix claims, and copies its sizes, where it has
/// more than two, into an array of its own, before it looks how many there are.
cv::Mat matrix_of(const fs::path& file, const cv::FileNode& node, const char* name) {
  constexpr std::size_t kMostValues = 64;  // A matrix has 9, a lens 14 at most.
  const cv::FileNode rows = node.isMap() ? node["rows"] : cv::FileNode();
  const cv::FileNode columns = node.isMap() ? node["cols"] : cv::FileNode();
  if (!rows.isInt() || !columns.isInt()) refuse(file, std::string(name) + " is no matrix");
  const std::int64_t values = std::int64_t{static_cast<int>(rows)} * static_cast<int>(columns);
  const std::size_t there = node["data"].size();
  if (static_cast<int>(rows) < 0 || there > kMostValues ||
      values != static_cast<std::int64_t>(there)) {
    refuse(file, std::string(name) + " has not as many values as its size says");
  }
  cv::Mat matrix;
  node >> matrix;
  matrix.convertTo(matrix, CV_64F);
  return matrix;
}

Camera opencv_camera(const fs::path& file, const cv::FileStorage& storage, FrameSize size) {
  const cv::FileNode matrix =
      first_of(storage, {"camera_matrix", "cameraMatrix", "Camera_Matrix", "K"});
  if (matrix.empty()) refuse(file, "it has no camera_matrix");
  const cv::Mat intrinsics = matrix_of(file, matrix, "camera_matrix");
  if (intrinsics.rows != 3 || intrinsics.cols != 3) refuse(file, "camera_matrix is not 3x3");
  Camera camera{.fx_px = intrinsics.at<double>(0, 0),
                .fy_px = intrinsics.at<double>(1, 1),
                .cx_px = intrinsics.at<double>(0, 2) + 0.5,
                .cy_px = intrinsics.at<double>(1, 2) + 0.5,
                .source = file.filename().string() + " (OpenCV)"};
  const cv::FileNode lens = first_of(
      storage, {"distortion_coefficients", "distCoeffs", "Distortion_Coefficients", "dist_coeffs"});
  if (!lens.empty()) {
    const cv::Mat coefficients = matrix_of(file, lens, "distortion_coefficients");
    for (int i = 0; i < static_cast<int>(coefficients.total()); ++i) {
      const double value = coefficients.at<double>(i);
      if (i < static_cast<int>(camera.distortion.size())) {
        camera.distortion[static_cast<std::size_t>(i)] = value;
      } else if (value != 0) {
        refuse(file, "its lens has more than k1, k2, p1, p2 and k3: undistort the video first");
      }
    }
  }
  const cv::FileNode width = storage["image_width"], height = storage["image_height"];
  if (!width.empty() && !height.empty()) {
    require_size(file, size, static_cast<double>(width), static_cast<double>(height));
  }
  return checked(file, camera);
}

/// OpenCV's parser of XML takes a text that ends within a tag, which it does at a zero, for a null
/// pointer, and reads there. It chooses the parser by the first bytes.
void require_well_formed(const fs::path& file, std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.find('\0') != std::string_view::npos) refuse(file, "it is no text");
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  if (text.starts_with("%YAML")) return;
  tinyxml2::XMLDocument document;
  if (document.Parse(text.data(), text.size()) != tinyxml2::XML_SUCCESS) {
    refuse(file, "it is neither YAML nor XML, or damaged");
  }
}

Camera read_opencv(const fs::path& file, const std::string& text, FrameSize size) {
  require_well_formed(file, text);
  try {
    const cv::FileStorage storage(text, cv::FileStorage::READ | cv::FileStorage::MEMORY);
    if (!storage.isOpened()) refuse(file, "it is no file of OpenCV");
    return opencv_camera(file, storage, size);
  } catch (const Error&) {
    throw;
  } catch (const cv::Exception& error) {
    refuse(file, "OpenCV cannot read it: " + error.err);
  } catch (const std::exception&) {  // Of its parser, which trusts what it reads.
    refuse(file, "OpenCV cannot read it: it is damaged");
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
    return read_opencv(file, text, size);
  }
  refuse(file, "its name ends neither in .txt (COLMAP) nor in .yml, .yaml or .xml (OpenCV)");
}

}  // namespace rollingdepth
