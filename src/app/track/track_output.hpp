#pragma once

#include <string>
#include <vector>

#include "app/depth_origin.hpp"
#include "app/track/track_command.hpp"
#include "base/depth_reader.hpp"
#include "tracks/depth_tracks.hpp"

namespace rollingdepth {

/// Everything that is told of finished tracks.
struct TrackFacts {
  const TrackCommand& command;
  DepthListing clip;
  DepthOrigin origin;
  TrackFile file;  ///< Its tracks are in `result`.
  DepthTracksOptions options;
  std::string size_from;    ///< Where the size of the video is from: "--size".
  std::string values_from;  ///< And what the values are.
  DepthTracks result = {};
};

/// "metres" or "relative".
std::string unit_of(const DepthTracks& tracks);

/// The JSON that docs/tracks.md describes, with a line break at the end.
std::string tracks_json(const TrackFacts& facts);
/// A row for each point, as RFC 4180 has them.
std::string tracks_csv(const TrackFacts& facts);
/// What was taken for what, and the known distances, a line each, for people.
std::vector<std::string> remarks_on(const TrackFacts& facts);
/// A row of measures for each track, and their formulas.
std::vector<std::string> measures_table(const TrackFacts& facts);

}  // namespace rollingdepth
