#include "tracks/track_npz.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "media/npz_array.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using testing::TemporaryFolder;

/// Two tracks in a clip of four frames: 7 in the frames 1 and 3, hidden in the last; 9 in 2.
DepthTracks two_tracks() {
  DepthTracks tracks;
  tracks.frames = 4;
  tracks.tracks = {{.id = 7, .points = {}}, {.id = 9, .points = {}}};
  DepthPoint seen{.place = {.frame = 1, .x_px = 10.5, .y_px = 20.25},
                  .sample = {.depth = 0.5, .spread = 0.125, .edge = true, .valid = true},
                  .depth_smooth = 0.75,
                  .position = {1, 2, 3}};
  DepthPoint hidden{.place = {.frame = 3, .x_px = 11, .y_px = 21, .visible = false}, .sample = {}};
  tracks.tracks[0].points = {seen, hidden};
  seen.place.frame = 2;
  seen.position = {4, 5, 6};
  tracks.tracks[1].points = {seen};
  return tracks;
}

constexpr FrameSize kSize{.width_px = 100, .height_px = 50};

at::Tensor array(const std::filesystem::path& file, const std::string& name) {
  const NpzFile npz(file);
  NpzArray values(npz, name);
  return values.values(values.header().shape).to(at::kDouble);
}

template <class Write>
std::filesystem::path written(const TemporaryFolder& folder, Write write,
                              const DepthTracks& tracks = two_tracks()) {
  NpzWriter npz(folder / "tracks.npz", NpzWriter::Packing::kDeflated);
  write(tracks, assumed_camera(kSize), npz);
  npz.close();
  npz.finish();
  return folder / "tracks.npz";
}

TEST(TrackNpz, HasARowForEachTrackAndAColumnForEachFrame) {
  const TemporaryFolder folder;
  const auto file = written(folder, &write_track_arrays);
  const NpzFile npz(file);
  EXPECT_THAT(npz.entries(),
              ElementsAre("ids.npy", "x.npy", "y.npy", "depth.npy", "depth_smooth.npy",
                          "spread.npy", "edge.npy", "valid.npy", "visible.npy", "outlier.npy",
                          "positions.npy", "intrinsics.npy", "metric.npy"));
  EXPECT_TRUE(array(file, "ids").equal(at::tensor({7., 9.}, at::kDouble)));
  const at::Tensor depth = array(file, "depth");
  EXPECT_THAT(depth.sizes(), ElementsAre(2, 4));
  EXPECT_EQ(depth[0][1].item<double>(), 0.5);
  EXPECT_EQ(at::isfinite(depth).sum().item<int>(), 2);
  EXPECT_EQ(array(file, "x")[0][3].item<double>(), 11);
  EXPECT_TRUE(array(file, "valid")
                  .equal(at::tensor({0., 1., 0., 0., 0., 0., 1., 0.}, at::kDouble).view({2, 4})));
  EXPECT_EQ(array(file, "visible").sum().item<double>(), 2);
  const at::Tensor positions = array(file, "positions");
  EXPECT_THAT(positions.sizes(), ElementsAre(2, 4, 3));
  EXPECT_TRUE(positions[1][2].equal(at::tensor({4., 5., 6.}, at::kDouble)));
  EXPECT_TRUE(array(file, "intrinsics").equal(at::tensor({120., 120., 50., 25.}, at::kDouble)));
  EXPECT_EQ(array(file, "metric").item<double>(), 0);
}

TEST(TrackNpz, IsAsTapvid3dHasIt) {
  const TemporaryFolder folder;
  const auto file = written(folder, &write_tapvid3d);
  const at::Tensor positions = array(file, "tracks_XYZ");
  EXPECT_THAT(positions.sizes(), ElementsAre(4, 2, 3));
  EXPECT_TRUE(positions[1][0].equal(at::tensor({1., 2., 3.}, at::kDouble)));
  EXPECT_TRUE(positions[2][1].equal(at::tensor({4., 5., 6.}, at::kDouble)));
  EXPECT_EQ(at::isfinite(positions).sum().item<int>(), 6);
  EXPECT_TRUE(array(file, "visibility")
                  .equal(at::tensor({0., 0., 1., 0., 0., 1., 0., 0.}, at::kDouble).view({4, 2})));
  EXPECT_TRUE(array(file, "queries_xyt")
                  .equal(at::tensor({10.5, 20.25, 1., 10.5, 20.25, 2.}, at::kDouble).view({2, 3})));
  EXPECT_TRUE(array(file, "fx_fy_cx_cy").equal(at::tensor({120., 120., 50., 25.}, at::kDouble)));
  // The names in its description.
  EXPECT_TRUE(at::equal(array(file, "tracks_xyz").nan_to_num(), positions.nan_to_num()));
  EXPECT_TRUE(array(file, "intrinsics").equal(array(file, "fx_fy_cx_cy")));
}

// A query without a frame would be a wrong one.
TEST(TrackNpz, OfTapvid3dAsksForATrackWithoutDepthWhereItBegins) {
  const TemporaryFolder folder;
  DepthTracks tracks = two_tracks();
  tracks.tracks[0].points.erase(tracks.tracks[0].points.begin());
  const auto file = written(folder, &write_tapvid3d, tracks);
  EXPECT_TRUE(array(file, "queries_xyt")[0].equal(at::tensor({11., 21., 3.}, at::kDouble)));
}

}  // namespace
}  // namespace rollingdepth
