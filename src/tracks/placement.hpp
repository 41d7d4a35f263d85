#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "tracks/found_tracks.hpp"
#include "tracks/track.hpp"

namespace rollingdepth {

/// Brings positions to pixels of the video, inside its picture.
class Placement {
 public:
  /// @throws Error(kInput) where the file's pictures have another shape than the video's.
  Placement(const std::filesystem::path& file, const FoundTracks& found, TrackCoordinates unit,
            FrameSize size);

  /// Where the position is; x_px < width and y_px < height. Unset for what is left out: hidden
  /// points beyond the border, and what has just left the picture.
  /// @throws Error(kInput) for a position that is seen far outside, or is no number.
  std::optional<TrackedPoint> operator()(const FoundPosition& at);
  /// What was scaled or left out, a line each.
  /// @throws Error(kInput) where a tracker's points are outside for the most part.
  [[nodiscard]] std::vector<std::string> remarks() const;

 private:
  struct Axis {
    double factor = 1;
    double shift = 0;
    double size_px = 0;
  };

  std::optional<TrackedPoint> place_point(const FoundPosition& at);
  std::optional<TrackedPoint> place_box(const FoundPosition& at);
  [[noreturn]] void refuse_outside(const FoundPosition& at) const;
  void take_size(FrameSize annotated, FrameSize size);

  const std::filesystem::path& file_;
  const FoundTracks& found_;
  Axis x_;
  Axis y_;
  std::int64_t placed_ = 0;
  std::int64_t hidden_outside_ = 0;
  std::int64_t left_picture_ = 0;
  std::vector<std::string> remarks_;
};

}  // namespace rollingdepth
