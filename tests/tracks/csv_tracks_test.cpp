#include "track_file_maker.hpp"

namespace rollingdepth::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using CsvTracks = TrackFiles;

// Written by supervision 0.31.2's CSVSink, with custom_data={"frame_index": ...} and class names.
constexpr const char* kSink =
    "x_min,y_min,x_max,y_max,class_id,confidence,tracker_id,class_name,frame_index\r\n"
    "10.5,20.0,30.25,40.0,0,0.9,1,person,0\r\n"
    "50.0,10.0,60.0,20.125,2,0.8,2,\"car, red\",0\r\n"
    "11.5,20.0,31.25,40.0,0,0.9,1,person,1\r\n"
    "50.0,10.0,60.0,20.125,2,0.8,2,\"car, red\",1\r\n"
    "12.0,20.0,33.0,40.0,0,0.5,,person,2\r\n";

TEST_F(CsvTracks, ReadsWhatSupervisionWrites) {
  const TrackFile file = read(kSink, "detections.csv");
  EXPECT_EQ(file.format, "supervision CSV");
  EXPECT_EQ(file.frame_base, 0);
  ASSERT_THAT(file.tracks, SizeIs(2));
  EXPECT_EQ(file.tracks[0].id, 1);
  EXPECT_EQ(file.tracks[0].label, "person");
  EXPECT_THAT(texts_of(file.tracks[0]),
              ElementsAre("0: 20.375, 30 (19.75 x 20)", "1: 21.375, 30 (19.75 x 20)"));
  EXPECT_EQ(file.tracks[1].label, "car, red");
  EXPECT_THAT(file.remarks, ElementsAre("1 without an id left out, as others have one"));
}

TEST_F(CsvTracks, TakesBoxesWithoutTrackerOneByOne) {
  const TrackFile file = read(
      "x_min,y_min,x_max,y_max,class_id,confidence,tracker_id,frame\n"
      "1,2,11,12,0,0.9,,3\n"
      "21,2,31,12,0,0.9,,3\n");
  EXPECT_THAT(file.tracks, SizeIs(2));
  EXPECT_THAT(file.remarks, ElementsAre(HasSubstr("each of the 2 detections")));
}

TEST_F(CsvTracks, ReadsAnyTableOfPoints) {
  const TrackFile file = read(
      "frame_number,note,track_id,x,y,visible\n"
      "0,\"one\nand \"\"two\"\"\",4,10,20.5,True\n"
      "1,,4,11,20.5,False\n");
  EXPECT_EQ(file.format, "CSV");
  ASSERT_THAT(file.tracks, SizeIs(1));
  EXPECT_EQ(file.tracks[0].id, 4);
  EXPECT_THAT(texts_of(file.tracks[0]), ElementsAre("0: 10, 20.5", "1: 11, 20.5 hidden"));
  EXPECT_THAT(file.remarks, IsEmpty());
}

TEST_F(CsvTracks, RefusesWhatMakesNoSense) {
  EXPECT_EQ(refusal("a,b\n1,2\n"),
            "no columns x_min, y_min, x_max and y_max, and no x and y; its columns are a, b");
  EXPECT_EQ(refusal("x_min,y_min,x_max,y_max,tracker_id\n1,2,3,4,5\n"),
            "no column says the frame: frame, frame_index, frame_id, frame_number, frame_idx; "
            "supervision's sinks write what is in custom_data; its columns are x_min, y_min, "
            "x_max, y_max, tracker_id");
  EXPECT_EQ(refusal("frame,x,y\n0,1,2\n1,2\n"), "line 3: 2 columns, and the first line has 3");
  EXPECT_EQ(refusal("frame,x,y\n0,nan,2\n"), "line 2: 'nan' is no number for x");
  EXPECT_EQ(refusal("frame,x,y\n0,,2\n"), "line 2: no x");
  EXPECT_EQ(refusal("frame,x,y\n0.5,1,2\n"), "line 2: frame '0.5' is no whole number");
  EXPECT_EQ(refusal("frame,x,y\n0,1,\"2\n"), "line 2: a quote that is not closed");
  EXPECT_EQ(refusal("frame,x,y\n0,1,2\n0,3,4\n"),
            "line 3: a position without an id is in frame 0 a second time, after line 2");
  EXPECT_EQ(refusal("frame,x_min,y_min,x_max,y_max\n0,5,5,5,9\n"), "line 2: a box of 0 x 4");
  EXPECT_EQ(refusal("x_min,y_min,x_max,y_max,class_id,confidence,tracker_id,frame\r\n"),
            "it holds no track");
}

}  // namespace
}  // namespace rollingdepth::testing
