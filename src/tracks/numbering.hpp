#pragma once

#include <cstdint>
#include <string>

#include "tracks/found_tracks.hpp"

namespace rollingdepth {

/// How a file counts and measures, and in a line for people why that was taken, where its format
/// does not say so.
struct FrameBase {
  std::int64_t base = 0;
  std::string remark;
};
struct CoordinateUnit {
  TrackCoordinates unit = TrackCoordinates::kPixels;
  std::string remark;
};

/// What was asked for, else what the numbers leave no choice about, else what the format publishes.
/// REQUIRES: at least one position.
FrameBase frame_base_of(const FoundTracks& found, const TrackReading& reading);

/// What was asked for; else fractions where all positions are within the unit square and some are
/// no whole numbers, pixels where they are far from it; else what the format publishes.
CoordinateUnit coordinate_unit_of(const FoundTracks& found, const TrackReading& reading);

}  // namespace rollingdepth
