#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "tracks/found_tracks.hpp"
#include "tracks/track_files.hpp"

namespace rollingdepth {

// One function a format; docs/tracks.md says what each takes. All throw Error(kInput) naming the
// file, the line or element, and what is wrong. `file` is for messages where the text is given.

/// Lines of 6 to 10 numbers: frame, id, left, top, width, height, ...
FoundTracks read_mot_tracks(const std::filesystem::path& file, std::string_view text);
/// Whether the first line of a text is numbers only.
bool is_mot_text(std::string_view text);

/// A table whose first line names the columns: supervision's CSVSink, or frame, x, y.
FoundTracks read_csv_tracks(const std::filesystem::path& file, std::string_view text);

/// CVAT for video 1.1. Positions between keyframes are filled in, for frames of the clip only.
FoundTracks read_cvat_tracks(const std::filesystem::path& file, const std::string& text,
                             const TrackReading& reading);

/// COCO, supervision's JSONSink, what `track` writes, or a list of positions.
FoundTracks read_json_tracks(const std::filesystem::path& file, std::string_view text);
/// @param json an object with "annotations", or the list of a result file.
FoundTracks read_coco_tracks(const std::filesystem::path& file, const nlohmann::json& json);

/// CoTracker, TAP-Vid or TAPIR, whose points are tracked in `reading.frames` frames.
FoundTracks read_npz_tracks(const std::filesystem::path& file, const TrackReading& reading);

}  // namespace rollingdepth
