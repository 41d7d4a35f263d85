#pragma once

#include <filesystem>

#include "tracks/found_tracks.hpp"
#include "tracks/track_files.hpp"

namespace rollingdepth {

/// Brings what a file holds to frames from 0, pixels and one track an id, and checks that it makes
/// sense for the clip.
/// @throws Error(kInput) naming the file, the place, and what is wrong.
TrackFile checked_tracks(const std::filesystem::path& file, FoundTracks found,
                         const TrackReading& reading);

}  // namespace rollingdepth
