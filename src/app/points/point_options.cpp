#include "app/points/point_options.hpp"

#include "base/formatted.hpp"
#include "base/printable.hpp"
#include "rollingdepth/error.hpp"
#include "tracks/camera.hpp"

namespace rollingdepth {
namespace {

std::string text_of(double value) { return formatted("%g", value); }

}  // namespace

void PointOptions::validate() const {
  camera.validate();
  clouds.validate();
}

std::string PointOptions::text() const {
  const std::string of_camera = camera.text();
  return of_camera + (of_camera.empty() ? "" : " ") + clouds.text();
}

SightLinesOf PointOptions::sight_lines() const {
  return [options = camera](FrameSize pictures) {
    const Camera taken = camera_of(options, pictures);
    std::string text =
        formatted("fx %.6g, fy %.6g, cx %.6g, cy %.6g of %lldx%lld", taken.fx_px, taken.fy_px,
                  taken.cx_px, taken.cy_px, static_cast<long long>(pictures.width_px),
                  static_cast<long long>(pictures.height_px));
    return SightLines{
        .at_unit_distance = [taken](double x, double y) { return taken.at_unit_depth(x, y); },
        .text = text + " (" + printable(taken.source) + ")",
        .is_assumed = options.is_assumed()};
  };
}

void add_point_options(OptionTable& table, PointOptions& options) {
  table.group("Point clouds");
  add_camera_options(table, options.camera);
  PointCloudOptions& clouds = options.clouds;
  table.real("--near",
             "Of relative depth: how far the clip's nearest value is, in metres; with --far",
             text_of(PointCloudOptions::kRelativeNear) + ", no unit",
             [&](double metres) { clouds.near_metres = metres; });
  table.real("--far", "The same of its farthest",
             text_of(PointCloudOptions::kRelativeFar) + ", no unit",
             [&](double metres) { clouds.far_metres = metres; });
  table.number("--point-stride", clouds.stride_px, "A point for every so many columns and rows");
  table.real("--edge-filter", clouds.edge,
             "Drop pixels whose distance differs from a neighbour's by more than this share; 0 "
             "keeps them");
  table.real("--sky-filter",
             "Drop the farthest: this share of the clip's range of inverse distances; 0 keeps them",
             text_of(PointCloudOptions::kDefaultSky) + "; of metres 0",
             [&](double share) { clouds.sky = share; });
  table.number("--max-points", clouds.max_points,
               "Points of a frame, chosen by their pixel, the same in every frame");
  table.one("--axes", "NAME",
            "opencv: x right, y down, z forward; opengl: x right, y up, z backward",
            to_string(clouds.axes), [&](const std::string& word) {
              clouds.axes =
                  with_context(ErrorKind::kUsage, "--axes", [&] { return parse_point_axes(word); });
            });
}

const std::vector<std::string>& point_option_names() {
  static const std::vector<std::string> names = [] {
    PointOptions options;
    OptionTable table({.description = "", .usage = ""});
    add_point_options(table, options);
    return table.long_names();
  }();
  return names;
}

}  // namespace rollingdepth
