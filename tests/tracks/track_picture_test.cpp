#include "tracks/track_picture.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "decode/picture_file.hpp"
#include "error_matchers.hpp"
#include "rollingdepth/error.hpp"
#include "scene.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;
using testing::Scene;
using testing::TemporaryFolder;

DepthTracks one_track(bool with_video) {
  DepthTracks tracks;
  tracks.frames = Scene::kFrames;
  tracks.first_depth = Scene::inverse_maps()[0].contiguous();
  if (with_video) tracks.first_picture = Scene::video()[0].contiguous();
  DepthTrack track{.id = 7, .label = "k\xc3\xa4se", .points = {}};
  for (std::int64_t frame = 0; frame < Scene::kFrames; ++frame) {
    const double depth = Scene::box_inverse(frame);
    track.points.push_back({.place = {.frame = frame, .x_px = Scene::box_x(frame), .y_px = 30},
                            .sample = {.depth = depth, .spread = 0, .valid = true},
                            .depth_smooth = depth});
  }
  tracks.tracks.push_back(track);
  return tracks;
}

at::Tensor read_back(const TemporaryFolder& folder, const std::string& bytes) {
  std::ofstream(folder / "picture.png", std::ios::binary) << bytes;
  return read_picture(folder / "picture.png", kDefaultMaxPixels).rgb.to(at::kInt);
}

// 720 wide: the video's 64 rows become 480, below the title's 30 and above the chart's 260.
TEST(TrackPicture, ShowsTheTrackOverTheFirstFrameAndItsDepth) {
  const TemporaryFolder folder;
  const DepthTracks tracks = one_track(true);
  const at::Tensor rgb = read_back(
      folder, track_picture(tracks, tracks.tracks[0], Scene::kVideo, DepthValues::kMetres));
  ASSERT_THAT(rgb.sizes(), ElementsAre(3, 30 + 480 + 260, 720));
  // A corner of the frame is bluish as the plane is, paler.
  const at::Tensor corner = rgb.select(2, 700).select(1, 500);
  EXPECT_GT(corner[2].item<int>(), corner[0].item<int>() + 80);
  // In the middle of the way, at 7.5 times its place, is the line: neither the plane nor the box.
  const at::Tensor line = rgb.slice(1, 30 + 220, 30 + 231).select(2, 270);
  EXPECT_GT((line[1] - corner[1]).abs().max().item<int>(), 50);
  // Blue of the smoothed course somewhere in the chart, and nowhere in the paper of its margin.
  const at::Tensor chart = rgb.slice(1, 30 + 480 + 34, 30 + 480 + 230);
  const auto blue = [](const at::Tensor& part) {
    return part[2].sub(part[0]).gt(120).sum().item<int>();
  };
  EXPECT_GT(blue(chart.slice(2, 80, 700)), 300);
  EXPECT_EQ(blue(chart.slice(2, 0, 60)), 0);
}

TEST(TrackPicture, ShowsTheDepthWhereThereIsNoVideo) {
  const TemporaryFolder folder;
  const DepthTracks tracks = one_track(false);
  const at::Tensor rgb = read_back(folder, track_picture(tracks, tracks.tracks[0], Scene::kVideo,
                                                         DepthValues::kRelativeInverse));
  // Near is warm: the box is red, the plane is not.
  const at::Tensor box = rgb.select(2, 140).select(1, 30 + 195);
  const at::Tensor plane = rgb.select(2, 20).select(1, 30 + 20);
  EXPECT_GT(box[0].item<int>(), box[2].item<int>());
  EXPECT_GT(plane[2].item<int>(), plane[0].item<int>());
}

TEST(TrackPicture, IsDrawnOfATrackWithoutDepthToo) {
  DepthTracks tracks = one_track(true);
  for (DepthPoint& point : tracks.tracks[0].points) {
    point = {.place = point.place, .sample = {}};
  }
  EXPECT_FALSE(
      track_picture(tracks, tracks.tracks[0], Scene::kVideo, DepthValues::kMetres).empty());
  tracks.tracks[0].points.clear();
  EXPECT_FALSE(
      track_picture(tracks, tracks.tracks[0], Scene::kVideo, DepthValues::kMetres).empty());
}

TEST(TrackPicture, FolderIsReplacedOnlyWhereNothingElseIsLost) {
  const TemporaryFolder folder;
  std::ofstream(folder / "track_7.png") << "old";
  require_only_track_pictures(folder.path());
  std::ofstream(folder / "notes.txt") << "mine";
  EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { require_only_track_pictures(folder.path()); }),
              HasSubstr("also holds notes.txt"));
}

}  // namespace
}  // namespace rollingdepth
