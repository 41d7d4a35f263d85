#pragma once

#include <filesystem>
#include <string>

#include "base/partial_file.hpp"
#include "tracks/depth_tracks.hpp"

namespace rollingdepth {

/// What the picture of a track is called: `track_7.png`.
std::string track_picture_name(const DepthTrack& track);

/// A track over the first frame of the video, or over its depth where there is no video, and below
/// it the depth over time: raw values as dots, outliers as crosses, the smoothed course as a line.
/// @param video  size in whose pixels tracks are. @param values of the clip.
/// @return       the bytes of a PNG file.
std::string track_picture(const DepthTracks& tracks, const DepthTrack& track, FrameSize video,
                          DepthValues values);

/// @throws Error(kOutput) where `folder` is there and holds anything but pictures of tracks, which
/// would be lost.
void require_only_track_pictures(const std::filesystem::path& folder);

/// Writes a picture of each track into the partial folder. @throws Error(kOutput).
void write_track_pictures(const DepthTracks& tracks, FrameSize video, DepthValues values,
                          const PartialFile& folder, Progress& progress);

}  // namespace rollingdepth
