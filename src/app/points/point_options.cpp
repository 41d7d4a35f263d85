#include "app/points/point_options.hpp"

#include "base/formatted.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

void add_camera(OptionTable& table, CameraChoice& camera) {
  table.one("--intrinsics", "FX,FY,CX,CY",
            "The camera, in pixels of the input as it is shown; the first one's centre is 0,0",
            "f = 1.2 x the longer side", [&](const std::string& word) {
              camera.intrinsics = with_context(ErrorKind::kUsage, "--intrinsics",
                                               [&] { return parse_intrinsics(word); });
            });
  table.real("--fov-x", "The camera by its angle of view over the width, in degrees", "",
             [&](double degrees) {
               if (!(degrees > 0 && degrees < 180)) {
                 throw Error(ErrorKind::kUsage, "--fov-x: must be between 0 and 180 degrees");
               }
               camera.fov_x_degrees = degrees;
             });
}

std::string text_of(double value) { return formatted("%g", value); }

}  // namespace

void add_point_options(OptionTable& table, PointCloudOptions& options) {
  table.group("Point clouds");
  add_camera(table, options.camera);
  table.real("--near",
             "Of relative depth: how far the clip's nearest value is, in metres; with --far",
             text_of(PointCloudOptions::kRelativeNear) + ", no unit",
             [&](double metres) { options.near_metres = metres; });
  table.real("--far", "The same of its farthest",
             text_of(PointCloudOptions::kRelativeFar) + ", no unit",
             [&](double metres) { options.far_metres = metres; });
  table.number("--point-stride", options.stride_px, "A point for every so many columns and rows");
  table.real("--edge-filter", options.edge,
             "Drop pixels whose distance differs from a neighbour's by more than this share; 0 "
             "keeps them");
  table.real("--sky-filter",
             "Drop the farthest: this share of the clip's range of inverse distances; 0 keeps them",
             text_of(PointCloudOptions::kDefaultSky) + "; of metres 0",
             [&](double share) { options.sky = share; });
  table.number("--max-points", options.max_points,
               "Points of a frame, chosen by their pixel, the same in every frame");
  table.one("--axes", "NAME",
            "opencv: x right, y down, z forward; opengl: x right, y up, z backward",
            to_string(options.axes), [&](const std::string& word) {
              options.axes =
                  with_context(ErrorKind::kUsage, "--axes", [&] { return parse_point_axes(word); });
            });
}

const std::vector<std::string>& point_option_names() {
  static const std::vector<std::string> names = [] {
    PointCloudOptions options;
    OptionTable table({.description = "", .usage = ""});
    add_point_options(table, options);
    return table.long_names();
  }();
  return names;
}

}  // namespace rollingdepth
