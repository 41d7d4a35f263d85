#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rollingdepth {

/// Where a tracked thing is in one frame, in pixels of the video; pixel centres are at whole
/// numbers plus 0.5, as in COCO and OpenCV's boxes: the picture spans 0 to width, 0 to height.
struct TrackedPoint {
  std::int64_t frame = 0;  ///< >= 0, from the first frame of the clip.
  double x_px = 0;         ///< Of the point, or of the box's centre.
  double y_px = 0;
  double width_px = 0;   ///< Of the box; 0: a point.
  double height_px = 0;  ///< Of the box; 0: a point.
  bool visible = true;   ///< Otherwise hidden: where it is is known, its depth is not.
  [[nodiscard]] bool is_box() const { return width_px > 0 && height_px > 0; }
};

/// What has one id, frame by frame.
struct Track {
  std::int64_t id = 0;               ///< As the file has it, or counted from 0 where it has none.
  std::string label = {};            ///< Class or name of the thing; may be empty.
  std::vector<TrackedPoint> points;  ///< By frame, at most one of each.
};

}  // namespace rollingdepth
