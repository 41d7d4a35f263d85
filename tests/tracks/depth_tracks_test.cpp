#include "tracks/depth_tracks.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "error_matchers.hpp"
#include "rollingdepth/error.hpp"
#include "scene.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;
using testing::Scene;
using testing::StoredDepth;
using testing::StoredVideo;

/// The middle of the box, and a point of the plane that stays where it is.
std::vector<Track> scene_tracks() {
  std::vector<Track> tracks = {{.id = 7, .label = "box", .points = {}}, {.id = 3, .points = {}}};
  for (std::int64_t frame = 0; frame < Scene::kFrames; ++frame) {
    tracks[0].points.push_back(
        {.frame = frame, .x_px = Scene::box_x(frame), .y_px = Scene::box_y()});
    tracks[1].points.push_back({.frame = frame, .x_px = 81, .y_px = 9});
  }
  return tracks;
}

DepthTracksOptions scene_options() {
  DepthTracksOptions options;
  options.video = Scene::kVideo;
  options.camera = Scene::camera();
  options.sampling.radius_px = 2;
  return options;
}

DepthTracks found(const at::Tensor& maps, const DepthTracksOptions& options,
                  const std::vector<Track>& tracks = scene_tracks()) {
  StoredDepth clip(maps);
  SilentProgress progress;
  return find_depth_tracks(clip, nullptr, tracks, options, progress);
}

/// As a network gives it: scaled and shifted.
at::Tensor relative_maps() { return (Scene::inverse_maps() * 2.5 - 0.8).contiguous(); }

void expect_truth(const DepthTracks& result, double tolerance) {
  ASSERT_EQ(result.tracks.size(), 2U);
  for (const DepthPoint& point : result.tracks[0].points) {
    const double z = 1 / Scene::box_inverse(point.place.frame);
    EXPECT_TRUE(point.sample.valid);
    EXPECT_NEAR(point.sample.depth, z, tolerance * z);
    EXPECT_NEAR(point.depth_smooth, z, tolerance * z);
    EXPECT_NEAR(point.position[0], (Scene::box_x(point.place.frame) - 48) / 80 * z, tolerance * z);
    EXPECT_NEAR(point.position[1], (30 - 32) / 80.0 * z, tolerance * z);
    EXPECT_NEAR(point.position[2], z, tolerance * z);
  }
  const double plane = 1 / Scene::plane_inverse(81);
  for (const DepthPoint& point : result.tracks[1].points) {
    EXPECT_NEAR(point.position[2], plane, tolerance * plane);
    EXPECT_NEAR(point.position[0], (81 - 48) / 80.0 * plane, tolerance * plane);
  }
}

TEST(DepthTracks, AreTheTruthOfAClipInMetres) {
  DepthTracksOptions options = scene_options();
  options.values = DepthValues::kMetres;
  const DepthTracks result = found(Scene::inverse_maps().reciprocal().contiguous(), options);
  EXPECT_TRUE(result.metric);
  EXPECT_FALSE(result.scale.has_value());
  EXPECT_THAT(result.warnings, IsEmpty());
  expect_truth(result, 1e-5);
}

TEST(DepthTracks, AreTheTruthOfARelativeClipWithKnownDistances) {
  DepthTracksOptions options = scene_options();
  options.values = DepthValues::kAffineInverse;
  options.metric = std::vector<KnownDistance>{
      {.frame = 0, .x_px = 24, .y_px = 30, .metres = 1 / 0.5},
      {.frame = 20, .x_px = 44, .y_px = 30, .metres = 1 / 0.7},
      {.frame = 5, .x_px = 81, .y_px = 9, .metres = 1 / Scene::plane_inverse(81)}};
  const DepthTracks result = found(relative_maps(), options);
  EXPECT_TRUE(result.metric);
  ASSERT_TRUE(result.scale && result.known);
  EXPECT_NEAR(result.scale->scale, 1 / 2.5, 1e-5);
  EXPECT_NEAR(result.scale->shift, 0.8 / 2.5, 1e-5);
  EXPECT_LT(result.known->largest_residual, 1e-4);
  expect_truth(result, 1e-4);
}

TEST(DepthTracks, AreTheTruthWithTheNearestAndTheFarthestValue) {
  DepthTracksOptions options = scene_options();
  const at::Tensor truth = Scene::inverse_maps();
  options.metric =
      NearAndFar{.near = 1 / truth.max().item<double>(), .far = 1 / truth.min().item<double>()};
  expect_truth(found(relative_maps(), options), 1e-4);
}

// What is on hand without metres: the values of the clip, and positions between 1 and 10.
TEST(DepthTracks, StayRelativeWhereNothingMakesMetres) {
  DepthTracksOptions options = scene_options();
  options.values = DepthValues::kAffineInverse;
  const at::Tensor maps = relative_maps();
  const DepthTracks result = found(maps, options);
  EXPECT_FALSE(result.metric);
  const DepthPoint& last = result.tracks[0].points.back();
  EXPECT_EQ(last.sample.depth, maps.max().item<float>());
  EXPECT_NEAR(last.position[2], kRelativePositions.near, 1e-6);
  EXPECT_NEAR(result.scale->metres(maps.min().item<double>()), kRelativePositions.far, 1e-6);
}

TEST(DepthTracks, WarnOfDistancesThatDoNotFit) {
  DepthTracksOptions options = scene_options();
  options.metric = std::vector<KnownDistance>{{.frame = 0, .x_px = 24, .y_px = 30, .metres = 2},
                                              {.frame = 20, .x_px = 44, .y_px = 30, .metres = 2.2},
                                              {.frame = 5, .x_px = 81, .y_px = 9, .metres = 5.4}};
  EXPECT_THAT(found(relative_maps(), options).warnings,
              ElementsAre(HasSubstr("do not fit the clip and each other")));
}

TEST(DepthTracks, RefuseKnownDistancesWithoutDepthAndBeyondTheClip) {
  DepthTracksOptions options = scene_options();
  options.metric = std::vector<KnownDistance>{{.frame = 0, .x_px = 24, .y_px = 30, .metres = 2},
                                              {.frame = 1, .x_px = 500, .y_px = 30, .metres = 3}};
  EXPECT_THAT(message_of(ErrorKind::kInput, [&] { found(relative_maps(), options); }),
              HasSubstr("--known 1,500,30,3: the clip has no depth there"));
  std::get<std::vector<KnownDistance>>(options.metric)[1].frame = 24;
  EXPECT_THAT(message_of(ErrorKind::kInput, [&] { found(relative_maps(), options); }),
              HasSubstr("is in frame 24, but depth.npy has 24 frames, counted from 0"));
}

// A hidden point has no depth of its own; the course bridges it.
TEST(DepthTracks, GiveHiddenPointsNoDepth) {
  std::vector<Track> tracks = scene_tracks();
  for (const std::size_t frame : {10, 11, 12}) tracks[0].points[frame].visible = false;
  DepthTracksOptions options = scene_options();
  const DepthTracks result = found(Scene::inverse_maps(), options, tracks);
  const DepthPoint& hidden = result.tracks[0].points[11];
  EXPECT_FALSE(hidden.sample.valid);
  EXPECT_TRUE(std::isnan(hidden.sample.depth));
  EXPECT_TRUE(std::isnan(hidden.position[2]));
  EXPECT_NEAR(hidden.depth_smooth, Scene::box_inverse(11), 1e-6);
  EXPECT_EQ(result.tracks[0].pixels.points, Scene::kFrames - 3);
  EXPECT_EQ(result.tracks[0].positions.points, Scene::kFrames - 3);
  options.smooth = false;
  EXPECT_TRUE(
      std::isnan(found(Scene::inverse_maps(), options, tracks).tracks[0].points[12].depth_smooth));
}

// One frame of the clip is wrong throughout: told, and smoothed away, in the position too.
TEST(DepthTracks, TellAFrameThatIsWrong) {
  at::Tensor maps = Scene::inverse_maps();
  maps[12].add_(0.3);
  const DepthTracks result = found(maps, scene_options());
  for (const DepthPoint& point : result.tracks[0].points) {
    EXPECT_EQ(point.outlier, point.place.frame == 12);
    EXPECT_NEAR(point.depth_smooth, Scene::box_inverse(point.place.frame), 1e-6);
  }
  EXPECT_NEAR(result.tracks[0].positions.share_of_outliers, 1.0 / Scene::kFrames, 1e-12);
  EXPECT_EQ(result.tracks[0].pixels.share_of_outliers, 0);
}

// In pixels the box goes straight ahead, one pixel a frame; in space too, nearly towards us.
TEST(DepthTracks, MeasureTheWayInPixelsAndInSpace) {
  DepthTracksOptions options = scene_options();
  options.values = DepthValues::kMetres;
  const DepthTracks result = found(Scene::inverse_maps().reciprocal().contiguous(), options);
  const PathMeasures& pixels = result.tracks[0].pixels;
  EXPECT_NEAR(pixels.path_length, 23, 1e-9);
  EXPECT_NEAR(pixels.straightness, 1, 1e-9);
  EXPECT_NEAR(pixels.mean_speed, 1, 1e-9);
  const auto truth = [](std::int64_t frame) {
    const double z = 1 / Scene::box_inverse(frame);
    return std::array<double, 3>{(Scene::box_x(frame) - 48) / 80 * z, -2 / 80.0 * z, z};
  };
  double net = 0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    net += std::pow(truth(23)[axis] - truth(0)[axis], 2);
  }
  EXPECT_NEAR(result.tracks[0].positions.net_displacement, std::sqrt(net), 1e-5);
  EXPECT_EQ(result.tracks[1].pixels.path_length, 0);
  EXPECT_NEAR(result.tracks[1].positions.path_length, 0, 1e-9);
}

// The video may be longer than the clip, but not shorter.
TEST(DepthTracks, NeedAsManyFramesOfTheVideoAsOfTheClip) {
  const at::Tensor frames = Scene::video();
  SilentProgress progress;
  StoredDepth clip(Scene::inverse_maps().slice(0, 0, 20));
  StoredVideo longer(frames);
  const DepthTracks result = find_depth_tracks(clip, &longer, {}, scene_options(), progress);
  EXPECT_TRUE(result.first_picture.equal(frames[0]));
  StoredDepth whole(Scene::inverse_maps());
  StoredVideo shorter(frames.slice(0, 0, 20));
  EXPECT_THAT(
      message_of(ErrorKind::kInput,
                 [&] { find_depth_tracks(whole, &shorter, {}, scene_options(), progress); }),
      HasSubstr("clip.mp4 has 20 frames"));
}

TEST(DepthTracks, RefuseTracksBeyondTheClipAndClipsWithoutDepth) {
  std::vector<Track> tracks = scene_tracks();
  tracks[1].points.back().frame = 30;
  EXPECT_THAT(
      message_of(ErrorKind::kInput, [&] { found(Scene::inverse_maps(), scene_options(), tracks); }),
      HasSubstr("track 3 is in frame 30, but depth.npy has 24 frames"));
  EXPECT_THAT(message_of(ErrorKind::kInput,
                         [&] {
                           found(at::full({24, 32, 48}, NAN), scene_options());
                         }),
              HasSubstr("has no depth"));
}

}  // namespace
}  // namespace rollingdepth
