#include <sys/stat.h>

#include "track_file_maker.hpp"

namespace rollingdepth::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(TrackCoordinates, HaveNames) {
  for (const char* name : {"px", "norm", "percent"}) {
    EXPECT_EQ(to_string(parse_track_coordinates(name)), name);
  }
  EXPECT_EQ(message_of(ErrorKind::kUsage, [] { parse_track_coordinates("pxl"); }),
            "unknown coordinates 'pxl' (did you mean 'px'?); known are px norm percent");
}

// Whatever its name says.
TEST_F(TrackFiles, AreRecognisedByWhatIsInThem) {
  EXPECT_EQ(read("1,1,1,1,8,8\n", "a.json").format, "MOTChallenge");
  EXPECT_EQ(read("\xef\xbb\xbf"
                 "frame, x, y\n0, 1, 2\n",
                 "a.npz")
                .format,
            "CSV");
  EXPECT_EQ(read("\n [{\"frame\":0,\"x\":1,\"y\":2}]", "a.csv").format, "JSON");
  EXPECT_EQ(
      read("<annotations><track><points frame='0' points='9,9'/></track></annotations>", "a.txt")
          .format,
      "CVAT for video");
}

TEST_F(TrackFiles, AreRefusedWhereTheyAreOfOtherKinds) {
  EXPECT_EQ(refusal(""), "it is empty");
  EXPECT_EQ(refusal(" \n\r\n"), "it is empty");
  EXPECT_EQ(refusal("\xff\xfe"
                    "1"),
            "it is UTF-16: save it as UTF-8");
  EXPECT_THAT(refusal("\x80\x04"), HasSubstr("it is a pickle of Python"));
  EXPECT_THAT(refusal("\x93NUMPY\x01"), HasSubstr("it is an .npy array"));
  EXPECT_EQ(refusal(std::string("1,1\0", 4)), "it is neither text nor an .npz archive");
  EXPECT_THAT(refusal("hello\n"), HasSubstr("its columns are hello"));
  EXPECT_EQ(refusal_of(folder_.path()), "it is no plain file");
  EXPECT_THAT(message_of(ErrorKind::kInput, [&] { read_tracks(folder_ / "none", reading_); }),
              HasSubstr("No such file"));
  const std::filesystem::path pipe = folder_ / "pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(refusal_of(pipe), "it is no plain file");
}

TEST_F(TrackFiles, AreRefusedWhereTheyAreTooLarge) {
  const std::filesystem::path file = write("1,1,1,1,8,8\n", "large.txt");
  std::filesystem::resize_file(file, (std::uintmax_t{1} << 30) + 1);
  EXPECT_EQ(refusal_of(file), "it is too large: files of more than 1 GiB are not read");
}

// What a terminal would take for commands is shown.
TEST_F(TrackFiles, AreQuotedAsTextOnly) {
  EXPECT_EQ(refusal("1,1,1,1,8,\x1b[2J\n"), "line 1: '\\x1b[2J' is no number");
}

TEST_F(TrackFiles, AreInOrderOfFramesWhateverTheOrderOfLines) {
  const TrackFile file = read("frame,id,x,y\n2,5,30,3\n0,5,10,1\n1,4,5,5\n1,5,20,2\n");
  ASSERT_THAT(file.tracks, SizeIs(2));
  EXPECT_EQ(file.tracks[0].id, 5);
  EXPECT_THAT(texts_of(file.tracks[0]), ElementsAre("0: 10, 1", "1: 20, 2", "2: 30, 3"));
}

TEST_F(TrackFiles, AreTakenUpToTheBorder) {
  const TrackFile file = read("frame,x,y\n0,-1,49\n1,65,0\n");
  EXPECT_THAT(texts_of(file.tracks[0]), ElementsAre("0: 0, 48", "1: 64, 0"));
  EXPECT_LT(file.tracks[0].points[0].y_px, 48);
  EXPECT_LT(file.tracks[0].points[1].x_px, 64);
  EXPECT_THAT(refusal("frame,x,y\n0,-1.5,4\n"), HasSubstr("line 2: the point -1.5, 4 is outside"));
  EXPECT_THAT(refusal("frame,x,y\n0,4,49.5\n"), HasSubstr("line 2: the point 4, 49.5 is outside"));
}

TEST_F(TrackFiles, KeepTheVisiblePartOfABox) {
  const TrackFile file =
      read("frame,x,y,w,h\n0,-4,40,8,16\n1,60,-5,10,10\n2,70,1,8,8\n3,1,1,8,8\n");
  EXPECT_THAT(texts_of(file.tracks[0]),
              ElementsAre("0: 2, 44 (4 x 8)", "1: 62, 2.5 (4 x 5)", "3: 5, 5 (8 x 8)"));
  EXPECT_THAT(file.remarks, ::testing::Contains("1 position beyond the border left out"));
  EXPECT_THAT(refusal("frame,x,y,w,h\n0,1,1,8,8\n1,73,1,8,8\n"),
              HasSubstr("line 3: the box 73, 1, 8 x 8 is outside"));
  EXPECT_EQ(refusal("frame,x,y,w,h\n0,65,1,8,8\n"), "no position is inside of the picture");
}

TEST_F(TrackFiles, AreWhatTheOptionsSay) {
  reading_.frame_base = 1;
  reading_.coordinates = TrackCoordinates::kNormalized;
  const TrackFile file = read("frame,x,y\n1,0,1\n");
  EXPECT_EQ(file.frame_base, 1);
  EXPECT_EQ(file.coordinates, TrackCoordinates::kNormalized);
  EXPECT_THAT(texts_of(file.tracks[0]), ElementsAre("0: 0, 48"));
  EXPECT_THAT(file.remarks, ElementsAre("no ids: all positions are taken as one track"));
}

}  // namespace
}  // namespace rollingdepth::testing
