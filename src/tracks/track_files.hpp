#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rollingdepth/frame_size.hpp"
#include "tracks/track.hpp"

namespace rollingdepth {

/// In what a file of tracks gives positions.
enum class TrackCoordinates { kPixels, kNormalized, kPercent };

/// px, norm, percent. @throws Error(kUsage) for another name.
TrackCoordinates parse_track_coordinates(std::string_view name);
std::string to_string(TrackCoordinates coordinates);

/// What is known of a file of tracks beforehand; what is unset is taken from the file's format, and
/// where that leaves it open, recognised from the numbers.
struct TrackReading {
  FrameSize size;                               ///< Of the video's frames.
  std::int64_t frames = 0;                      ///< Of the clip.
  std::optional<std::int64_t> frame_base = {};  ///< Number of the first frame in the file: 0 or 1.
  std::optional<TrackCoordinates> coordinates = {};
};

struct TrackFile {
  std::vector<Track> tracks;    ///< In the order of the file.
  std::string format;           ///< For people: "MOTChallenge", "COCO".
  std::int64_t frame_base = 0;  ///< As taken.
  TrackCoordinates coordinates = TrackCoordinates::kPixels;  ///< As taken.
  std::vector<std::string> remarks;  ///< What was recognised, left out or looks wrong, a line each.
};

/// Reads tracks of any of the formats of docs/tracks.md.
/// @throws Error(kInput) naming the file, the line or element, and what is wrong: not of a known
///         format, no track, a column or member that is missing, NaN, an id twice in a frame, a
///         frame beyond the clip, a point outside the picture.
TrackFile read_tracks(const std::filesystem::path& file, const TrackReading& reading);

}  // namespace rollingdepth
