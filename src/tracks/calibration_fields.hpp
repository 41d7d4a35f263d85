#pragma once

#include <map>
#include <stdexcept>
#include <string>

namespace rollingdepth {

/// Why the fields of a calibration cannot be read, to be joined with the name of the file.
struct CalibrationFault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The fields of a calibration by name, as text: "image_width" of the first level,
/// "camera_matrix.rows" of the second; the items of a list are parted by blanks. Of two with one
/// name the first counts; what lies deeper is left out.
using CalibrationFields = std::map<std::string, std::string>;

/// Reads the YAML of OpenCV (whose first line is no YAML) and of ROS's camera_info, the JSON or XML
/// of OpenCV.
/// @throws CalibrationFault for anything else.
CalibrationFields calibration_fields(const std::string& text);

}  // namespace rollingdepth
