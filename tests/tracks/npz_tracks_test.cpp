#include "../npz_file.hpp"
#include "track_file_maker.hpp"

namespace rollingdepth::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class NpzTracks : public TrackFiles {
 protected:
  using Entries = std::vector<std::pair<std::string, std::string>>;

  NpzTracks() { reading_.frames = 3; }

  TrackFile read(const Entries& entries) { return read_tracks(make(entries), reading_); }
  std::string refusal(const Entries& entries) {
    return message_of(ErrorKind::kInput, [&] { read(entries); });
  }
  std::filesystem::path make(const Entries& entries) {
    const std::filesystem::path file = folder_ / "tracks.npz";
    write_npz(file, entries);
    return file;
  }
  /// Two points in three frames, [T,N,2] float32: one goes right, the other down.
  static at::Tensor two_points() {
    return at::tensor(
               {10.0F, 20.0F, 30.0F, 5.0F, 11.0F, 20.0F, 30.0F, 6.0F, 12.0F, 20.0F, 30.0F, 7.0F})
        .reshape({3, 2, 2});
  }
  static at::Tensor all_seen() { return at::ones({3, 2}, at::kBool); }
};

// Pixel centres of CoTracker are at whole numbers, ours half a pixel further.
TEST_F(NpzTracks, ReadsCoTrackersArrays) {
  at::Tensor seen = all_seen();
  seen[1][0] = false;
  for (const bool is_batch : {false, true}) {
    const at::Tensor points = is_batch ? two_points().unsqueeze(0) : two_points();
    const at::Tensor flags = is_batch ? seen.unsqueeze(0).unsqueeze(-1) : seen;
    const TrackFile file = read({{"tracks", npy_bytes(points)}, {"visibility", npy_bytes(flags)}});
    EXPECT_EQ(file.format, "CoTracker");
    EXPECT_EQ(file.coordinates, TrackCoordinates::kPixels);
    EXPECT_THAT(file.remarks, IsEmpty());
    ASSERT_THAT(file.tracks, SizeIs(2));
    EXPECT_THAT(texts_of(file.tracks[0]),
                ElementsAre("0: 10.5, 20.5", "1: 11.5, 20.5 hidden", "2: 12.5, 20.5"));
    EXPECT_EQ(file.tracks[1].id, 1);
    EXPECT_THAT(texts_of(file.tracks[1]),
                ElementsAre("0: 30.5, 5.5", "1: 30.5, 6.5", "2: 30.5, 7.5"));
  }
}

TEST_F(NpzTracks, ReadsTapVidsArrays) {
  const at::Tensor scale = at::tensor({64.0F, 48.0F});
  const at::Tensor points = (two_points() / scale).transpose(0, 1);
  at::Tensor hidden = at::zeros({2, 3}, at::kBool);
  hidden[1][2] = true;
  const TrackFile file = read({{"points", npy_bytes(points)}, {"occluded", npy_bytes(hidden)}});
  EXPECT_EQ(file.format, "TAP-Vid");
  EXPECT_EQ(file.coordinates, TrackCoordinates::kNormalized);
  EXPECT_THAT(file.remarks, IsEmpty());
  ASSERT_THAT(file.tracks, SizeIs(2));
  EXPECT_THAT(texts_of(file.tracks[0]), ElementsAre("0: 10, 20", "1: 11, 20", "2: 12, 20"));
  EXPECT_THAT(texts_of(file.tracks[1]), ElementsAre("0: 30, 5", "1: 30, 6", "2: 30, 7 hidden"));
}

TEST_F(NpzTracks, SeesThatTheArrayLiesTheOtherWayRound) {
  const TrackFile file =
      read({{"tracks", npy_bytes(two_points().transpose(0, 1).to(at::kDouble))},
            {"visibility", npy_bytes(all_seen().transpose(0, 1).to(at::kByte))}});
  ASSERT_THAT(file.tracks, SizeIs(2));
  EXPECT_THAT(texts_of(file.tracks[0]),
              ElementsAre("0: 10.5, 20.5", "1: 11.5, 20.5", "2: 12.5, 20.5"));
  EXPECT_THAT(file.remarks, ElementsAre(HasSubstr("taken as [N,T,2]")));
}

TEST_F(NpzTracks, SeesPixelsWhereTapVidHasFractions) {
  const TrackFile file = read({{"points", npy_bytes(two_points().transpose(0, 1))}});
  EXPECT_EQ(file.format, "TAP-Vid");
  EXPECT_EQ(file.coordinates, TrackCoordinates::kPixels);
  EXPECT_THAT(file.remarks, ElementsAre(HasSubstr("all points are taken as visible"),
                                        HasSubstr("positions are pixels")));
}

// A tracker follows points beyond the border, and says anything of hidden ones.
TEST_F(NpzTracks, LeavesOutWhatIsBeyondTheBorder) {
  at::Tensor points = two_points();
  points[1][0][0] = 90;
  points[2][0][1] = std::numeric_limits<float>::quiet_NaN();
  points[2][1][0] = -0.75;
  at::Tensor seen = all_seen();
  seen[2][0] = false;
  const TrackFile file = read({{"tracks", npy_bytes(points)}, {"visibility", npy_bytes(seen)}});
  EXPECT_THAT(texts_of(file.tracks[0]), ElementsAre("0: 10.5, 20.5"));
  EXPECT_THAT(texts_of(file.tracks[1]), ElementsAre("0: 30.5, 5.5", "1: 30.5, 6.5", "2: 0, 7.5"));
  EXPECT_THAT(file.remarks, ElementsAre("1 position beyond the border left out",
                                        "1 hidden position beyond the border left out"));
}

TEST_F(NpzTracks, RefusesWhatMakesNoSense) {
  const std::string points = npy_bytes(two_points());
  const std::string seen = npy_bytes(all_seen());
  EXPECT_THAT(refusal({{"depth", points}}), HasSubstr("but depth.npy"));
  EXPECT_THAT(refusal({{"tracks", seen}}), HasSubstr("its shape is [3,2], not [T,N,2] or [N,T,2]"));
  EXPECT_THAT(refusal({{"tracks", points}, {"visibility", npy_bytes(at::ones({3, 3}))}}),
              HasSubstr("its shape is [3,3], not [3,2] as that of tracks"));
  EXPECT_THAT(refusal({{"tracks", npy_bytes(at::zeros({4, 2, 2}))}}),
              HasSubstr("points are tracked in 4 frames, and the clip has 3"));
  EXPECT_THAT(refusal({{"tracks", npy_bytes(at::zeros({3, 0, 2}))}}), HasSubstr("holds no track"));
  EXPECT_THAT(refusal({{"tracks", npy_bytes(two_points() * std::nanf(""))}}),
              HasSubstr("point 0 in frame 0: a position that is no number"));
  EXPECT_THAT(refusal({{"tracks", npy_bytes(two_points() + 100)}}),
              HasSubstr("6 of 6 positions are outside of the picture"));
  // Of a header alone, without the values that it tells of.
  EXPECT_THAT(refusal({{"tracks", npy_header(at::kFloat, {1 << 20, 1 << 20, 2})}}),
              HasSubstr("its size does not fit its shape"));
}

TEST_F(NpzTracks, AllocatesNoMoreThanIsThere) {
  const std::filesystem::path file = make({{"tracks", npy_header(at::kFloat, {3, 1 << 20, 2})}});
  claim_bytes(file, 128 + 3 * (std::size_t{1} << 20) * 2 * 4);
  EXPECT_THAT(message_of(ErrorKind::kInput, [&] { read_tracks(file, reading_); }),
              HasSubstr("and the whole archive has"));
}

}  // namespace
}  // namespace rollingdepth::testing
