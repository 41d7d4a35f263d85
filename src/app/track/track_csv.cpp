#include <cmath>

#include "app/track/track_output.hpp"
#include "base/formatted.hpp"

namespace rollingdepth {
namespace {

constexpr const char* kHeading =
    "id,frame,x,y,width,height,depth,depth_smooth,spread,edge,valid,visible,outlier,"
    "position_x,position_y,position_z,unit,label\r\n";

/// Empty where there is none.
std::string number(double value, const char* format = "%.7g") {
  return std::isfinite(value) ? formatted(format, value) : "";
}

std::string flag(bool value) { return value ? "1" : "0"; }

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string shown = "\"";
  for (const char c : text) shown.append(c == '"' ? 2 : 1, c);
  return shown + "\"";
}

}  // namespace

std::string tracks_csv(const TrackFacts& facts) {
  const std::string unit = unit_of(facts.result);
  std::string text = kHeading;
  for (const DepthTrack& track : facts.result.tracks) {
    for (const DepthPoint& point : track.points) {
      const TrackedPoint& place = point.place;
      const bool box = place.is_box();
      const std::string cells[] = {std::to_string(track.id),
                                   std::to_string(place.frame),
                                   number(place.x_px, "%.10g"),
                                   number(place.y_px, "%.10g"),
                                   box ? number(place.width_px) : "",
                                   box ? number(place.height_px) : "",
                                   number(point.sample.depth),
                                   number(point.depth_smooth),
                                   number(point.sample.spread),
                                   flag(point.sample.edge),
                                   flag(point.sample.valid),
                                   flag(place.visible),
                                   flag(point.outlier),
                                   number(point.position[0]),
                                   number(point.position[1]),
                                   number(point.position[2]),
                                   unit,
                                   quoted(track.label)};
      const char* separator = "";
      for (const std::string& cell : cells) {
        text.append(separator).append(cell);
        separator = ",";
      }
      text += "\r\n";
    }
  }
  return text;
}

}  // namespace rollingdepth
