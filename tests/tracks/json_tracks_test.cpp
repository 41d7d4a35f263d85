#include "track_file_maker.hpp"

namespace rollingdepth::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using JsonTracks = TrackFiles;

TEST_F(JsonTracks, ReadsAListOfPoints) {
  const TrackFile file = read(R"([{"frame":0,"x":1.5,"y":2,"id":3},{"frame":1,"x":2.5,"y":2,"id":3},
                                  {"frame":1,"x":9,"y":9,"id":1,"visible":false}])");
  EXPECT_EQ(file.format, "JSON");
  EXPECT_THAT(file.remarks, IsEmpty());
  ASSERT_THAT(file.tracks, SizeIs(2));
  EXPECT_EQ(file.tracks[0].id, 3);
  EXPECT_THAT(texts_of(file.tracks[0]), ElementsAre("0: 1.5, 2", "1: 2.5, 2"));
  EXPECT_THAT(texts_of(file.tracks[1]), ElementsAre("1: 9, 9 hidden"));
}

TEST_F(JsonTracks, ReadsBoxesInEitherSpelling) {
  const TrackFile file =
      read(R"([{"frame":0,"x":10,"y":20,"w":4,"h":6},{"frame":1,"bbox":[11,20,4,6]}])");
  ASSERT_THAT(file.tracks, SizeIs(1));
  EXPECT_THAT(texts_of(file.tracks[0]), ElementsAre("0: 12, 23 (4 x 6)", "1: 13, 23 (4 x 6)"));
  EXPECT_THAT(file.remarks, ElementsAre("no ids: all positions are taken as one track"));
}

TEST_F(JsonTracks, ReadsAListOfEachTrack) {
  for (
      const char* text :
      {R"([[{"frame":0,"x":1,"y":2}],[{"frame":0,"x":3,"y":4}]])",
       R"([{"points":[{"frame":0,"x":1,"y":2}]},{"points":[{"frame":0,"x":3,"y":4}]}])",
       R"({"tracks":[{"points":[{"frame":0,"x":1,"y":2}]},{"points":[{"frame":0,"x":3,"y":4}]}]})"}) {
    const TrackFile file = read(text);
    ASSERT_THAT(file.tracks, SizeIs(2)) << text;
    EXPECT_THAT(texts_of(file.tracks[0]), ElementsAre("0: 1, 2")) << text;
    EXPECT_EQ(file.tracks[1].id, 1) << text;
    EXPECT_THAT(texts_of(file.tracks[1]), ElementsAre("0: 3, 4")) << text;
  }
}

// Its x and y are of the middle, also where it says how large a box is; and nothing in it is
// recognised from its numbers, which here look like fractions.
TEST_F(JsonTracks, ReadsWhatTheTrackCommandWrites) {
  const TrackFile file = read(R"({"unit":"relative","tracks":[
      {"id":7,"label":"ball","points":[{"frame":8,"x":0.5,"y":0.25,"depth":0.7,"valid":true},
                                       {"frame":9,"x":0.5,"y":1,"w":1,"h":2,"depth":null}]}]})");
  EXPECT_EQ(file.format, "rollingdepth JSON");
  EXPECT_EQ(file.frame_base, 0);
  EXPECT_THAT(file.remarks, IsEmpty());
  ASSERT_THAT(file.tracks, SizeIs(1));
  EXPECT_EQ(file.tracks[0].id, 7);
  EXPECT_EQ(file.tracks[0].label, "ball");
  EXPECT_THAT(texts_of(file.tracks[0]), ElementsAre("8: 0.5, 0.25", "9: 0.5, 1 (1 x 2)"));
}

// Written by supervision 0.31.2's JSONSink, with custom_data={"frame_index": ...}.
TEST_F(JsonTracks, ReadsWhatSupervisionWrites) {
  const TrackFile file = read(R"([
    {
        "x_min": 10.5,
        "y_min": 20.0,
        "x_max": 30.25,
        "y_max": 40.0,
        "class_id": 0,
        "confidence": 0.8999999761581421,
        "tracker_id": 1,
        "class_name": "person",
        "frame_index": 0
    },
    {
        "x_min": 12.0,
        "y_min": 20.0,
        "x_max": 33.0,
        "y_max": 40.0,
        "class_id": 0,
        "confidence": 0.5,
        "tracker_id": "",
        "class_name": "person",
        "frame_index": 2
    }
])");
  EXPECT_EQ(file.format, "supervision JSON");
  ASSERT_THAT(file.tracks, SizeIs(1));
  EXPECT_EQ(file.tracks[0].label, "person");
  EXPECT_THAT(texts_of(file.tracks[0]), ElementsAre("0: 20.375, 30 (19.75 x 20)"));
  EXPECT_THAT(file.remarks, ElementsAre("1 without an id left out, as others have one"));
}

TEST_F(JsonTracks, IsCountedFromOneWhereThereIsAsManyAsTheClipHas) {
  const TrackFile last = read(R"([{"frame":10,"x":9,"y":2}])");
  EXPECT_EQ(last.frame_base, 1);
  EXPECT_THAT(last.remarks[0], HasSubstr("counted from 1: the last one is 10"));
  const TrackFile open = read(R"([{"frame":9,"x":9,"y":2}])");
  EXPECT_EQ(open.frame_base, 0);
  EXPECT_THAT(open.remarks[0], HasSubstr("taken as counted from 0, which the file does not say"));
  reading_.frame_base = 1;
  EXPECT_THAT(texts_of(read(R"([{"frame":9,"x":9,"y":2}])").tracks[0]), ElementsAre("8: 9, 2"));
}

TEST_F(JsonTracks, TakesFractionsAndPercentOfThePicture) {
  const char* text = R"([{"frame":0,"x":0.5,"y":0.25},{"frame":1,"x":1,"y":1}])";
  const TrackFile unit = read(text);
  EXPECT_EQ(unit.coordinates, TrackCoordinates::kNormalized);
  EXPECT_THAT(texts_of(unit.tracks[0]), ElementsAre("0: 32, 12", "1: 64, 48"));
  EXPECT_LT(unit.tracks[0].points[1].x_px, 64);
  EXPECT_THAT(unit.remarks[0], HasSubstr("fractions of the picture"));

  reading_.coordinates = TrackCoordinates::kPixels;
  EXPECT_THAT(texts_of(read(text).tracks[0]), ElementsAre("0: 0.5, 0.25", "1: 1, 1"));
  reading_.coordinates = TrackCoordinates::kPercent;
  EXPECT_THAT(texts_of(read(R"([{"frame":0,"x":50,"y":25,"w":25,"h":50}])").tracks[0]),
              ElementsAre("0: 40, 24 (16 x 24)"));
}

TEST_F(JsonTracks, RefusesWhatMakesNoSense) {
  EXPECT_EQ(refusal("{\"frame\":0"), "it is not valid JSON");
  EXPECT_EQ(refusal(R"([{"frame":0,"x":NaN,"y":1}])"), "it is not valid JSON; it holds NaN");
  EXPECT_EQ(refusal(R"([{"frame":0,"x":null,"y":1}])"), "[0]: no x");
  EXPECT_EQ(refusal(R"([{"frame":0,"x":1,"y":1},{"x":1,"y":1}])"), "[1]: no frame");
  EXPECT_EQ(refusal(R"([{"frame":0,"x":"a","y":1}])"), "[0]: 'a' is no number for x");
  EXPECT_EQ(refusal(R"([{"frame":0,"x":1,"y":1}, 7])"), "[1]: no object with frame, x and y");
  EXPECT_EQ(refusal(R"([{"frame":0,"bbox":[1,2,3]}])"), "[0]: bbox is no list of four numbers");
  EXPECT_EQ(refusal(R"([{"frame":0,"x":1,"y":1,"w":5}])"), "[0]: no h");
  EXPECT_EQ(refusal(R"([{"frame":0,"x":1,"y":1},{"frame":0,"x":2,"y":1}])"),
            "[1]: a position without an id is in frame 0 a second time, after [0]");
  EXPECT_EQ(refusal(R"({"tracks":[{"id":1,"points":[{"frame":0,"x":90,"y":1}]}]})"),
            "tracks[0].points[0]: the point 90, 1 is outside of the picture of 64x48: do the "
            "tracks belong to this video, in pixels (--coords)?");
  EXPECT_EQ(refusal(R"({"tracks":[{"id":1,"points":[]},{"points":[]}]})"),
            "track [1]: some tracks have an id and others have none");
  EXPECT_EQ(refusal(R"({"tracks":[{"id":1}]})"), "track [0]: no list 'points'");
  EXPECT_EQ(refusal("[]"), "it holds no track");
  EXPECT_THAT(refusal(R"({"a":1})"), HasSubstr("its JSON is of no known kind"));
}

}  // namespace
}  // namespace rollingdepth::testing
