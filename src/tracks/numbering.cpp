#include "tracks/numbering.hpp"

#include <algorithm>
#include <cmath>

namespace rollingdepth {
namespace {

// Boxes hang over the border, and trackers are not exact.
constexpr double kUnitMargin = 0.25;

struct FrameSpan {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

// Of all frames that the file tells of.
FrameSpan frames_of(const FoundTracks& found) {
  const auto by_frame = [](const FoundPosition& a, const FoundPosition& b) {
    return a.frame < b.frame;
  };
  const auto [first, last] =
      std::minmax_element(found.positions.begin(), found.positions.end(), by_frame);
  return {std::min(first->frame, found.first_listed.value_or(first->frame)),
          std::max(last->frame, found.last_listed.value_or(last->frame))};
}

FrameBase open_base(const FoundTracks& found, const FrameSpan& span, std::int64_t clip_frames) {
  if (span.first <= 0) return {0, ""};
  if (span.last == clip_frames) {
    return {1, "frames are counted from 1: the last one is " + std::to_string(span.last) +
                   ", as many as the clip has (--frame-base 0 if not)"};
  }
  if (found.lists_all && span.first == 1) {
    return {1, "frames are counted from 1: the file lists 1 to " + std::to_string(span.last) +
                   " (--frame-base 0 if not)"};
  }
  return {0,
          "frames are taken as counted from 0, which the file does not say (--frame-base 1 if "
          "they are not)"};
}

// Of every position that is seen: where hidden points are is often made up.
template <class Test>
bool all_visible(const FoundTracks& found, Test&& test) {
  return std::all_of(found.positions.begin(), found.positions.end(),
                     [&](const FoundPosition& at) { return !at.visible || test(at); });
}

bool in_unit_square(const FoundPosition& at) {
  const auto is_near = [](double value) {
    return value >= -kUnitMargin && value <= 1 + kUnitMargin;
  };
  return is_near(at.x) && is_near(at.y) && is_near(at.x + at.width) && is_near(at.y + at.height);
}

bool is_whole(const FoundPosition& at) {
  return std::floor(at.x) == at.x && std::floor(at.y) == at.y;
}

}  // namespace

FrameBase frame_base_of(const FoundTracks& found, const TrackReading& reading) {
  if (reading.frame_base) return {*reading.frame_base, ""};
  if (found.own) return {0, ""};
  const FrameSpan span = frames_of(found);
  if (!found.frame_base) return open_base(found, span, reading.frames);
  if (*found.frame_base == 1 && span.first == 0) {
    return {0, "frames are counted from 0, because there is a frame 0, although " + found.format +
                   " counts from 1 (--frame-base 1 if not)"};
  }
  if (*found.frame_base == 0 && span.first >= 1 && span.last == reading.frames) {
    return {1, "frames are counted from 1, because there is a frame " + std::to_string(span.last) +
                   " and the clip has as many, although " + found.format +
                   " counts from 0 (--frame-base 0 if not)"};
  }
  return {*found.frame_base, ""};
}

CoordinateUnit coordinate_unit_of(const FoundTracks& found, const TrackReading& reading) {
  if (reading.coordinates) return {*reading.coordinates, ""};
  if (found.own) return {TrackCoordinates::kPixels, ""};
  const bool is_unit = all_visible(found, in_unit_square);
  if (found.coordinates == TrackCoordinates::kPixels && is_unit && !all_visible(found, is_whole)) {
    return {TrackCoordinates::kNormalized,
            "positions are fractions of the picture: all of them are about 0 to 1 (--coords px if "
            "not)"};
  }
  if (found.coordinates == TrackCoordinates::kNormalized && !is_unit) {
    return {TrackCoordinates::kPixels,
            "positions are pixels, because they are beyond 0 to 1, "
            "although " +
                found.format + " has fractions (--coords norm if not)"};
  }
  return {found.coordinates, ""};
}

}  // namespace rollingdepth
