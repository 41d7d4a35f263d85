#include "tracks/depth_tracks.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "base/formatted.hpp"
#include "rollingdepth/error.hpp"
#include "tracks/inverse_depth.hpp"

namespace rollingdepth {
namespace {

/// What smoothing never takes for an outlier, as a share of the range of a frame's inverse depth.
constexpr double kNoise = 0.005;
/// Pixels that are never outliers of a position.
constexpr double kPixelNoise = 0.5;
/// Known distances that are met worse than this are told.
constexpr double kLargeResidual = 0.1;

/// A place whose depth is wanted: of a track, or of a known distance.
struct Wanted {
  const TrackedPoint* place;
  DepthSample* found;
};

struct KnownPlace {
  TrackedPoint place;
  DepthSample found = {};
};

/// What one pass over the clip finds besides the samples.
struct ClipValues {
  double smallest_inverse = std::numeric_limits<double>::infinity();
  double largest_inverse = -std::numeric_limits<double>::infinity();
  double largest_frame_range = 0;

  void add(const at::Tensor& depth, DepthValues values) {
    const auto* value = depth.const_data_ptr<float>();
    for (const auto* const end = value + depth.numel(); value != end; ++value) {
      const double inverse = inverse_depth(*value, values);
      if (std::isnan(inverse)) continue;
      smallest_inverse = std::min(smallest_inverse, inverse);
      largest_inverse = std::max(largest_inverse, inverse);
    }
  }
};

void require_size(const at::Tensor& rgb, FrameSize video) {
  if (rgb.size(2) == video.width_px && rgb.size(1) == video.height_px) return;
  throw Error(ErrorKind::kInput, "the video changes its size");
}

/// By frame.
std::vector<Wanted> places_of(std::vector<DepthTrack>& tracks, std::vector<KnownPlace>& known) {
  std::vector<Wanted> places;
  for (DepthTrack& track : tracks) {
    for (DepthPoint& point : track.points) {
      if (point.place.visible) places.push_back({&point.place, &point.sample});
    }
  }
  for (KnownPlace& known_place : known) {
    places.push_back({&known_place.place, &known_place.found});
  }
  std::stable_sort(places.begin(), places.end(), [](const Wanted& a, const Wanted& b) {
    return a.place->frame < b.place->frame;
  });
  return places;
}

void require_within(std::int64_t frame, const DepthListing& clip, const std::string& what) {
  if (frame >= 0 && frame < clip.frames) return;
  throw Error(ErrorKind::kInput, what + " is in frame " + std::to_string(frame) + ", but " +
                                     clip.name + " has " + std::to_string(clip.frames) +
                                     " frames, counted from 0");
}

at::Tensor next_picture(FrameSource* colour, std::int64_t frame, const DepthListing& clip,
                        FrameSize video) {
  if (colour == nullptr) return {};
  std::optional<Frame> picture = colour->next();
  if (!picture) {
    throw Error(ErrorKind::kInput, "the video " + colour->info().name + " has " +
                                       std::to_string(frame) + " frames from there on, " +
                                       clip.name + " has " + std::to_string(clip.frames));
  }
  require_size(picture->rgb, video);
  return std::move(picture->rgb);
}

/// The one pass over the clip.
ClipValues sample_clip(DepthReader& clip, FrameSource* colour, const std::vector<Wanted>& places,
                       const DepthTracksOptions& options, DepthTracks& result, Progress& progress) {
  const DepthListing& listing = clip.listing();
  DepthSampler sampler(options.video,
                       {.width_px = listing.width_px, .height_px = listing.height_px},
                       options.values, options.sampling);
  ClipValues values;
  auto place = places.begin();
  progress.begin("track", listing.frames, "frames");
  while (const std::optional<at::Tensor> depth = clip.next()) {
    progress.check_cancelled();
    const std::int64_t frame = result.frames++;
    const at::Tensor rgb = next_picture(colour, frame, listing, options.video);
    if (frame == 0) {
      result.first_depth = depth->clone();
      if (rgb.defined()) result.first_picture = rgb.clone();
    }
    values.add(*depth, options.values);
    if (place != places.end() && place->place->frame == frame) {
      sampler.begin_frame(*depth, rgb);
      values.largest_frame_range = std::max(values.largest_frame_range, sampler.frame_range());
    }
    for (; place != places.end() && place->place->frame == frame; ++place) {
      *place->found = sampler.sample(*place->place);
    }
    progress.advance(result.frames);
  }
  progress.end("");
  return values;
}

/// The scale that makes metres, where one is asked for; what it rests on goes into `result`.
std::optional<InverseScale> metric_scale(const DepthTracksOptions& options,
                                         const std::vector<KnownPlace>& known,
                                         const ClipValues& values, DepthTracks& result) {
  if (const auto* range = std::get_if<NearAndFar>(&options.metric)) {
    return scale_between(values.smallest_inverse, values.largest_inverse, range->near, range->far);
  }
  const auto* distances = std::get_if<std::vector<KnownDistance>>(&options.metric);
  if (distances == nullptr) return std::nullopt;
  std::vector<double> inverse;
  for (std::size_t i = 0; i < known.size(); ++i) {
    if (!known[i].found.valid) {
      throw Error(ErrorKind::kInput,
                  "--known " + (*distances)[i].text() + ": the clip has no depth there");
    }
    inverse.push_back(inverse_depth(known[i].found.depth, options.values));
  }
  result.known = fit_known_distances(*distances, inverse);
  if (result.known->largest_residual > kLargeResidual) {
    result.warnings.push_back("--known: the distances do not fit the clip and each other: " +
                              formatted("one is met only within %.0f %%, see the residuals",
                                        100 * std::min(result.known->largest_residual, 99.99)));
  }
  return result.known->scale;
}

/// Where nothing gives metres, positions need some depth above 0.
InverseScale relative_scale(const ClipValues& values) {
  const double range = values.largest_inverse - values.smallest_inverse;
  if (!(range > 0)) return {.scale = 0, .shift = 1 / kRelativePositions.near};
  return scale_between(values.smallest_inverse, values.largest_inverse, kRelativePositions.near,
                       kRelativePositions.far);
}

double share_of(const std::vector<bool>& flags, std::int64_t count) {
  if (count == 0) return kNoDepth;
  return static_cast<double>(std::count(flags.begin(), flags.end(), true)) /
         static_cast<double>(count);
}

/// A track's values become those of the result; values of the clip are in its unit before.
class TrackFinish {
 public:
  TrackFinish(const DepthTracksOptions& options, const DepthTracks& result, double noise)
      : options_(options), result_(result), noise_(noise) {}

  /// @return how many points lie beyond infinity by the scale.
  std::int64_t finish(DepthTrack& track) const {
    std::int64_t beyond = 0;
    std::vector<TimedValue> inverse;
    for (const DepthPoint& point : track.points) {
      inverse.push_back({point.place.frame, inverse_depth(point.sample.depth, options_.values)});
    }
    const std::vector<bool> outliers = hampel_outliers(inverse, noise_, options_.smoothing);
    std::vector<double> smooth(inverse.size(), kNoDepth);
    if (options_.smooth) smooth = local_lines(inverse, outliers, options_.smoothing);
    for (std::size_t i = 0; i < track.points.size(); ++i) {
      DepthPoint& point = track.points[i];
      point.outlier = outliers[i];
      const bool was_valid = point.sample.valid;
      place(point, inverse[i].value, smooth[i]);
      beyond += was_valid && !point.sample.valid ? 1 : 0;
    }
    measure(track, outliers);
    return beyond;
  }

 private:
  void place(DepthPoint& point, double inverse, double smooth) const {
    if (result_.metric && result_.scale) {
      // To first order: the slope of 1 / z.
      const double z = result_.scale->metres(inverse);
      point.sample.spread *= result_.scale->scale * z * z;
      point.sample.depth = z;
      point.depth_smooth = result_.scale->metres(smooth);
      if (std::isnan(z)) point.sample.valid = false;
    } else {
      point.depth_smooth = value_of_inverse(smooth, options_.values);
    }
    if (!point.sample.valid) {
      point.sample.depth = point.sample.spread = kNoDepth;
      return;
    }
    const double used = std::isnan(smooth) ? inverse : smooth;
    const double z =
        result_.scale ? result_.scale->metres(used) : value_of_inverse(used, options_.values);
    point.position = options_.camera.point(point.place.x_px, point.place.y_px, z);
  }

  void measure(DepthTrack& track, const std::vector<bool>& depth_outliers) const {
    std::vector<PathPoint> pixels, positions;
    std::vector<TimedValue> x, y;
    for (const DepthPoint& point : track.points) {
      if (point.place.visible) {
        pixels.push_back({point.place.frame, {point.place.x_px, point.place.y_px, 0}});
        x.push_back({point.place.frame, point.place.x_px});
        y.push_back({point.place.frame, point.place.y_px});
      }
      if (!std::isnan(point.position[2])) positions.push_back({point.place.frame, point.position});
    }
    std::vector<bool> outliers = hampel_outliers(x, kPixelNoise, options_.smoothing);
    const std::vector<bool> in_y = hampel_outliers(y, kPixelNoise, options_.smoothing);
    for (std::size_t i = 0; i < outliers.size(); ++i) outliers[i] = outliers[i] || in_y[i];
    const auto visible = static_cast<std::int64_t>(pixels.size());
    track.pixels = path_measures(pixels, share_of(outliers, visible));
    const auto valid = std::count_if(track.points.begin(), track.points.end(),
                                     [](const DepthPoint& point) { return point.sample.valid; });
    track.positions = path_measures(positions, share_of(depth_outliers, valid));
  }

  const DepthTracksOptions& options_;
  const DepthTracks& result_;
  double noise_;
};

void require_depth(const ClipValues& values, const DepthListing& clip) {
  if (values.smallest_inverse <= values.largest_inverse) return;
  throw Error(ErrorKind::kInput, clip.name + " has no depth: none of its values is one");
}

}  // namespace

DepthTracks find_depth_tracks(DepthReader& clip, FrameSource* colour,
                              const std::vector<Track>& tracks, const DepthTracksOptions& options,
                              Progress& progress) {
  DepthTracks result;
  for (const Track& track : tracks) {
    DepthTrack& depth_track =
        result.tracks.emplace_back(DepthTrack{.id = track.id, .label = track.label, .points = {}});
    for (const TrackedPoint& point : track.points) {
      require_within(point.frame, clip.listing(), "track " + std::to_string(track.id));
      depth_track.points.push_back({.place = point, .sample = {}});
    }
  }
  std::vector<KnownPlace> known;
  if (const auto* distances = std::get_if<std::vector<KnownDistance>>(&options.metric)) {
    for (const KnownDistance& distance : *distances) {
      require_within(distance.frame, clip.listing(), "--known " + distance.text());
      known.push_back(
          {.place = {.frame = distance.frame, .x_px = distance.x_px, .y_px = distance.y_px}});
    }
  }
  const ClipValues values =
      sample_clip(clip, colour, places_of(result.tracks, known), options, result, progress);
  require_depth(values, clip.listing());
  result.metric = options.values == DepthValues::kMetres;
  if (!result.metric) {
    result.scale = metric_scale(options, known, values, result);
    result.metric = result.scale.has_value();
    if (!result.scale) result.scale = relative_scale(values);
  }
  std::int64_t beyond = 0;
  const TrackFinish finish(options, result, kNoise * values.largest_frame_range);
  for (DepthTrack& track : result.tracks) beyond += finish.finish(track);
  if (beyond > 0) {
    result.warnings.push_back(std::to_string(beyond) +
                              " points lie beyond infinity by these distances, and have no depth");
  }
  return result;
}

}  // namespace rollingdepth
