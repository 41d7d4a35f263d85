#pragma once

#include <filesystem>

#include "rollingdepth/frame_size.hpp"
#include "tracks/camera.hpp"

namespace rollingdepth {

/// Reads one camera: of COLMAP's `cameras.txt` (models SIMPLE_PINHOLE, PINHOLE, SIMPLE_RADIAL,
/// RADIAL, OPENCV), or of OpenCV's or ROS's calibration as `.yml`, `.yaml` or `.xml`
/// (`camera_matrix`, and where there are any `distortion_coefficients`, `image_width`,
/// `image_height`), or of a message of ROS as text (sensor_msgs/CameraInfo). These count positions
/// from the centre of the first pixel: half a pixel is added.
/// @param size of the video's frames, which the camera has to have too.
/// @throws Error(kInput) naming the file: missing, damaged, several cameras, another size, a model
///         or lens that is not known, a focal length that is not above 0.
Camera read_camera(const std::filesystem::path& file, FrameSize size);

}  // namespace rollingdepth
