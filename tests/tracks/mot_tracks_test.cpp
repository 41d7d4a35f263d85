#include "track_file_maker.hpp"

namespace rollingdepth::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using MotTracks = TrackFiles;

// A box whose left upper pixel is the picture's is at 1, 1, and frame 1 is the first.
TEST_F(MotTracks, CountsFramesAndPixelsFromOne) {
  const TrackFile file = read(
      "1,7,1,1,10,20,-1,-1,-1,-1\n"
      "2,7,3.5,2,10,20,-1,-1,-1,-1\n"
      "10,9,31,21,4,4,0.5,-1,-1,-1\n");
  EXPECT_EQ(file.format, "MOTChallenge");
  EXPECT_EQ(file.frame_base, 1);
  EXPECT_EQ(file.coordinates, TrackCoordinates::kPixels);
  EXPECT_THAT(file.remarks, IsEmpty());
  ASSERT_THAT(file.tracks, SizeIs(2));
  EXPECT_EQ(file.tracks[0].id, 7);
  EXPECT_THAT(texts_of(file.tracks[0]), ElementsAre("0: 5, 10 (10 x 20)", "1: 7.5, 11 (10 x 20)"));
  EXPECT_EQ(file.tracks[1].id, 9);
  EXPECT_THAT(texts_of(file.tracks[1]), ElementsAre("9: 32, 22 (4 x 4)"));
}

// As CVAT and MOT16 to MOT20 write gt.txt: flag, class, visibility.
TEST_F(MotTracks, LeavesOutWhatGroundTruthMarksAsIgnored) {
  const TrackFile file = read(
      "1,1,11,11,10,10,1,1,0.86014\n"
      "2,1,12,11,10,10,1,1,0\n"
      "1,2,31,11,10,10,0,8,1\n");
  ASSERT_THAT(file.tracks, SizeIs(1));
  EXPECT_EQ(file.tracks[0].label, "1");
  EXPECT_THAT(texts_of(file.tracks[0]),
              ElementsAre("0: 15, 15 (10 x 10)", "1: 16, 15 (10 x 10) hidden"));
  EXPECT_THAT(file.remarks, ElementsAre("1 boxes that the ground truth marks as ignored left out"));
}

// The first lines of the file that motmetrics has for its tests, at a tenth of their size.
TEST_F(MotTracks, ReadsOtherSpellings) {
  const std::vector<std::string> expected{"0: 48.9, 28.65 (12.1 x 22.9)"};
  for (const char* text :
       {"1,1,43.85,18.2,12.1,22.9,1,-1,-1,-1", "1, 1, 43.85, 18.2, 12.1, 22.9, 1\r\n",
        "\n1 1 43.85 18.2 12.1 22.9 -1 -1 -1 -1\n", "1\t1\t43.85\t18.2\t12.1\t22.9"}) {
    const TrackFile file = read(text);
    ASSERT_THAT(file.tracks, SizeIs(1)) << text;
    EXPECT_EQ(texts_of(file.tracks[0]), expected) << text;
  }
}

TEST_F(MotTracks, TakesDetectionsWithoutIdsOneByOne) {
  const TrackFile file = read("1,-1,1,1,8,8,0.9\n1,-1,21,1,8,8,0.8\n2,-1,1,1,8,8,0.7\n");
  ASSERT_THAT(file.tracks, SizeIs(3));
  EXPECT_EQ(file.tracks[2].id, 2);
  EXPECT_THAT(file.remarks,
              ElementsAre("no ids: each of the 3 detections is taken as a track of its own"));
}

TEST_F(MotTracks, IsCountedFromZeroWhereThereIsAFrameZero) {
  const TrackFile file = read("0,1,1,1,8,8\n9,1,1,1,8,8\n");
  EXPECT_EQ(file.frame_base, 0);
  EXPECT_THAT(texts_of(file.tracks[0]), ElementsAre("0: 4, 4 (8 x 8)", "9: 4, 4 (8 x 8)"));
  EXPECT_THAT(file.remarks, ElementsAre(HasSubstr("counted from 0, because there is a frame 0")));

  reading_.frame_base = 1;
  EXPECT_EQ(refusal("0,1,1,1,8,8\n"),
            "line 1: frame 0 is before the clip, whose frames are counted from 1 (--frame-base)");
}

TEST_F(MotTracks, RefusesWhatMakesNoSense) {
  EXPECT_EQ(refusal("1,1,1,1,8,8\n2,1,1,1,8\n"),
            "line 2: 5 columns, where MOTChallenge has 6 to 10");
  EXPECT_EQ(refusal("1,1,1,1,8,8,1\n2,1,1,1,8,8\n"), "line 2: 6 columns, and the first line has 7");
  EXPECT_EQ(refusal("1,1,1,nan,8,8\n"), "line 1: 'nan' is no number");
  EXPECT_EQ(refusal("1,1,1,1e999,8,8\n"), "line 1: a position that is no number");
  EXPECT_EQ(refusal("1.5,1,1,1,8,8\n"), "line 1: the frame is no whole number");
  EXPECT_EQ(refusal("1,1.5,1,1,8,8\n"), "line 1: id 1.5 is no whole number");
  EXPECT_EQ(refusal("1,1,1,1,8,0\n"), "line 1: a box of 8 x 0");
  EXPECT_EQ(refusal("1,3,1,1,8,8\n\n1,4,1,1,8,8\n1,3,2,1,8,8\n"),
            "line 4: id 3 is in frame 1 a second time, after line 1");
  EXPECT_EQ(refusal("1,3,1,1,8,8\n11,3,1,1,8,8\n"),
            "line 2: frame 11 is beyond the clip, which has 10 frames, counted from 1 "
            "(--frame-base)");
  EXPECT_EQ(refusal("1,3,101,1,8,8\n"),
            "line 1: the box 101, 1, 8 x 8 is outside of the picture of 64x48: do the tracks "
            "belong to this video, in pixels (--coords)?");
  EXPECT_EQ(refusal("1,3,1,1,8,8,0,1,1\n"),
            "it holds no track; 1 boxes that the ground truth marks as ignored left out");
}

}  // namespace
}  // namespace rollingdepth::testing
