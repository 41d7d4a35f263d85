#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/depth_reader.hpp"
#include "rollingdepth/clip.hpp"
#include "rollingdepth/progress.hpp"
#include "tracks/camera.hpp"
#include "tracks/depth_sampler.hpp"
#include "tracks/metric_scale.hpp"
#include "tracks/smoothing.hpp"
#include "tracks/track.hpp"
#include "tracks/track_measures.hpp"

namespace rollingdepth {

/// A tracked point and what was found of its depth. Depths are in the unit of the result.
struct DepthPoint {
  TrackedPoint place;
  DepthSample sample;
  double depth_smooth = kNoDepth;  ///< NaN: not smoothed, or nothing to smooth near it.
  bool outlier = false;            ///< Did not count for depth_smooth.
  /// X, Y, Z in the unit of the positions; NaN where the sample is not valid.
  std::array<double, 3> position = {kNoDepth, kNoDepth, kNoDepth};
};

struct DepthTrack {
  std::int64_t id = 0;
  std::string label = {};
  std::vector<DepthPoint> points;  ///< By frame.
  PathMeasures pixels = {};        ///< Of what is visible, in pixels of the video.
  PathMeasures positions = {};     ///< Of what is valid, in the unit of the positions.
};

/// Nearest and farthest value of a clip, in metres.
struct NearAndFar {
  double near = 0;
  double far = 0;
};

/// What makes metres of a clip that has none.
using MetricHint = std::variant<std::monostate, NearAndFar, std::vector<KnownDistance>>;

struct DepthTracksOptions {
  SamplingOptions sampling = {};
  bool smooth = true;
  SmoothingOptions smoothing = {};
  DepthValues values = DepthValues::kRelativeInverse;  ///< Of the clip.
  FrameSize video;                                     ///< In whose pixels tracks are.
  Camera camera;
  MetricHint metric = {};  ///< Of relative values only.
};

struct DepthTracks {
  std::vector<DepthTrack> tracks;  ///< In the order given.
  bool metric = false;             ///< Depths and positions are metres; else they are relative.
  /// Makes depths, or, of what stays relative, positions alone. Unset: of a clip in metres.
  std::optional<InverseScale> scale;
  std::optional<KnownFit> known;  ///< Of known distances.
  std::int64_t frames = 0;        ///< Of the clip.
  at::Tensor first_picture;  ///< [3, H, W] uint8 of the video's first frame; undefined without one.
  at::Tensor first_depth;    ///< [H, W] float32.
  std::vector<std::string> warnings;
};

/// Where the positions of relative depth lie: the clip's nearest value and its farthest.
inline constexpr NearAndFar kRelativePositions{1, 10};

/// Gives tracks depth, in one pass over the clip: memory grows with the points of the tracks.
/// @param colour the video; null: none. It may be longer than the clip, and gives the size of
///        DepthTracksOptions::video.
/// @throws Error(kInput) for a point or a known distance beyond the clip, a video that ends before
///         it, known distances without depth or that contradict each other; Cancelled.
DepthTracks find_depth_tracks(DepthReader& clip, FrameSource* colour,
                              const std::vector<Track>& tracks, const DepthTracksOptions& options,
                              Progress& progress);

}  // namespace rollingdepth
