#pragma once

#include <map>
#include <set>
#include <stdexcept>
#include <string>

namespace rollingdepth {

/// Why the fields of a calibration cannot be read, to be joined with the name of the file.
struct CalibrationFault : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// The fields of a calibration by name: "image_width" of the first level, "camera_matrix.rows" of
/// the second. Each as its words with a blank between them; those of a list are words, too, and
/// what holds fields has none. Of two with one name the first counts.
using CalibrationFields = std::map<std::string, std::string>;

/// Reads the fields that are `wanted` from YAML as OpenCV writes it (whose first line is no YAML)
/// and ROS's camera_calibration and messages, which may be JSON, or from OpenCV's XML. Fields of
/// the second level need the name of the first among the wanted ones.
/// @throws CalibrationFault for anything else, and for more than 1 MB, which YAML takes 220 MB for.
CalibrationFields calibration_fields(const std::string& text, const std::set<std::string>& wanted);

}  // namespace rollingdepth
