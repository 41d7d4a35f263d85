#include <algorithm>
#include <cmath>

#include "app/text_table.hpp"
#include "app/track/track_output.hpp"
#include "base/formatted.hpp"

namespace rollingdepth {
namespace {

constexpr std::size_t kMostRows = 100;

std::string number(double value) { return std::isnan(value) ? "-" : formatted("%.4g", value); }

std::string size_text(FrameSize size) {
  return std::to_string(size.width_px) + "x" + std::to_string(size.height_px);
}

std::string camera_line(const Camera& camera) {
  std::string line = "camera: " + camera.source;
  line += formatted(", fx %.1f fy %.1f cx %.1f cy %.1f", camera.fx_px, camera.fy_px, camera.cx_px,
                    camera.cy_px);
  return line;
}

std::string unit_line(const TrackFacts& facts) {
  if (facts.options.values == DepthValues::kMetres) return "unit: metres, as the depth has them";
  const DepthTracks& result = facts.result;
  if (result.metric) {
    return formatted("unit: metres, z = 1 / (%.5g value %+.5g)", result.scale->scale,
                     result.scale->shift);
  }
  return formatted(
             "unit: relative, --near and --far or --known make metres; in 3D the nearest value is "
             "taken "
             "for %g",
             kRelativePositions.near) +
         formatted(", the farthest for %g", kRelativePositions.far);
}

}  // namespace

std::string unit_of(const DepthTracks& tracks) { return tracks.metric ? "metres" : "relative"; }

std::vector<std::string> remarks_on(const TrackFacts& facts) {
  std::vector<std::string> lines = facts.file.remarks;
  lines.push_back("video: " + size_text(facts.options.video) + ", from " + facts.size_from);
  lines.push_back("values: " + to_string(facts.options.values) + ", from " + facts.values_from);
  lines.push_back(camera_line(facts.options.camera));
  lines.push_back(unit_line(facts));
  if (facts.result.known) {
    const auto& distances = std::get<std::vector<KnownDistance>>(facts.options.metric);
    for (std::size_t i = 0; i < distances.size(); ++i) {
      const double fitted = facts.result.known->metres[i];
      lines.push_back("known " + distances[i].text() + ": fitted " +
                      (std::isnan(fitted) ? std::string("beyond infinity")
                                          : formatted("%.4g m, %+.2g %%", fitted,
                                                      100 * (fitted / distances[i].metres - 1))));
    }
  }
  lines.insert(lines.end(), facts.result.warnings.begin(), facts.result.warnings.end());
  return lines;
}

std::vector<std::string> measures_table(const TrackFacts& facts) {
  std::vector<TextRow> rows = {{"track", "in", "points"}};
  std::vector<std::string> lines;
  for (const MeasureInfo& measure : measure_table()) {
    rows.front().emplace_back(measure.name);
    std::string formula(measure.name);
    lines.push_back(formula.append(" = ").append(measure.formula));
  }
  lines.emplace_back();
  const std::vector<DepthTrack>& tracks = facts.result.tracks;
  for (std::size_t i = 0; i < std::min(tracks.size(), kMostRows); ++i) {
    const DepthTrack& track = tracks[i];
    for (const bool space : {false, true}) {
      const PathMeasures& measures = space ? track.positions : track.pixels;
      TextRow& row = rows.emplace_back();
      row.push_back(space ? "" : std::to_string(track.id));
      row.push_back(space ? "3D, " + unit_of(facts.result) : "2D, pixels");
      row.push_back(std::to_string(measures.points));
      for (const MeasureInfo& measure : measure_table()) {
        row.push_back(number(measures.*measure.value));
      }
    }
  }
  const std::vector<std::string> table = aligned_rows(rows);
  lines.insert(lines.end(), table.begin(), table.end());
  if (tracks.size() > kMostRows) {
    lines.push_back("and " + std::to_string(tracks.size() - kMostRows) + " more tracks");
  }
  return lines;
}

}  // namespace rollingdepth
