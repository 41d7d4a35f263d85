#include "track_file_maker.hpp"

namespace rollingdepth::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class CocoTracks : public TrackFiles {
 protected:
  /// @param images, annotations what stands between the brackets.
  static std::string coco(const std::string& images, const std::string& annotations) {
    return R"({"images":[)" + images + R"(],"annotations":[)" + annotations +
           R"(],"categories":[{"id":3,"name":"car"}]})";
  }
  static constexpr const char* kTwoFrames =
      R"({"image_id":4,"track_id":8,"category_id":3,"bbox":[10,20,8,6]},
         {"image_id":5,"track_id":8,"category_id":3,"bbox":[12,20,8,6]})";
};

TEST_F(CocoTracks, ReadsTheFrameThatAnImageSays) {
  const TrackFile file =
      read(coco(R"({"id":4,"frame_index":0,"file_name":"00007.png","width":64,"height":48},
                   {"id":5,"frame_index":1,"file_name":"00008.png","width":64,"height":48})",
                kTwoFrames),
           "coco.json");
  EXPECT_EQ(file.format, "COCO");
  EXPECT_THAT(file.remarks, IsEmpty());
  ASSERT_THAT(file.tracks, SizeIs(1));
  EXPECT_EQ(file.tracks[0].id, 8);
  EXPECT_EQ(file.tracks[0].label, "car");
  EXPECT_THAT(texts_of(file.tracks[0]), ElementsAre("0: 14, 23 (8 x 6)", "1: 16, 23 (8 x 6)"));
}

// ffmpeg counts pictures from 1: all of them are listed, and there is no 0.
TEST_F(CocoTracks, ReadsTheFrameInTheNameOfAnImage) {
  const TrackFile file = read(coco(
      R"({"id":4,"file_name":"a2/frame_000001.png"},{"id":5,"file_name":"a2/frame_000002.png"})",
      kTwoFrames));
  EXPECT_EQ(file.frame_base, 1);
  EXPECT_THAT(texts_of(file.tracks[0]), ElementsAre("0: 14, 23 (8 x 6)", "1: 16, 23 (8 x 6)"));
  EXPECT_THAT(file.remarks, ElementsAre("frames are the numbers in images[].file_name",
                                        HasSubstr("counted from 1: the file lists 1 to 2")));
}

TEST_F(CocoTracks, TakesTheIdOfAnImageWhereItSaysNothingElse) {
  const TrackFile file = read(coco(R"({"id":4,"file_name":"a.png"},{"id":5})", kTwoFrames));
  EXPECT_THAT(texts_of(file.tracks[0]), ElementsAre("4: 14, 23 (8 x 6)", "5: 16, 23 (8 x 6)"));
  EXPECT_THAT(file.remarks[0], HasSubstr("frames are images[].id"));
}

// CVAT's COCO keeps ids among attributes.
TEST_F(CocoTracks, FindsIdsAmongAttributes) {
  const TrackFile file =
      read(coco(R"({"id":1,"frame":0})",
                R"({"image_id":1,"bbox":[1,1,4,4],"iscrowd":0,"attributes":{"track_id":6}},
                   {"image_id":1,"bbox":[9,1,4,4],"iscrowd":1,"attributes":{"track_id":7}})"));
  ASSERT_THAT(file.tracks, SizeIs(1));
  EXPECT_EQ(file.tracks[0].id, 6);
  EXPECT_THAT(file.remarks, ElementsAre("1 crowds left out"));
}

TEST_F(CocoTracks, ReadsResultsWithoutImages) {
  const TrackFile file = read(R"([{"image_id":0,"category_id":1,"bbox":[1,1,4,4],"score":0.5},
                                  {"image_id":0,"category_id":1,"bbox":[9,1,4,4],"score":0.5}])");
  EXPECT_EQ(file.format, "COCO results");
  EXPECT_THAT(file.tracks, SizeIs(2));
}

TEST_F(CocoTracks, ScalesToTheVideoWhereThePicturesHaveItsShape) {
  const TrackFile file = read(coco(R"({"id":1,"frame":0,"width":128,"height":96})",
                                   R"({"image_id":1,"track_id":1,"bbox":[20,40,16,12]})"));
  EXPECT_THAT(texts_of(file.tracks[0]), ElementsAre("0: 14, 23 (8 x 6)"));
  EXPECT_THAT(file.remarks, ElementsAre("its pictures are 128x96, those of the video 64x48: "
                                        "positions are scaled"));
  EXPECT_EQ(refusal(coco(R"({"id":1,"frame":0,"width":48,"height":64})",
                         R"({"image_id":1,"track_id":1,"bbox":[20,40,16,12]})")),
            "its pictures are 48x64, those of the video 64x48: do the tracks belong to this "
            "video?");
}

TEST_F(CocoTracks, RefusesWhatMakesNoSense) {
  const std::string image = R"({"id":1,"frame":0})";
  EXPECT_EQ(refusal(coco("", "")), "no list 'images'");
  EXPECT_EQ(refusal(R"({"annotations":[]})"), "no list 'images'");
  EXPECT_EQ(refusal(coco(image, "")), "it holds no track");
  EXPECT_EQ(refusal(coco(image, R"({"image_id":2,"bbox":[1,1,2,2]})")),
            "annotations[0]: no image has the id 2");
  EXPECT_EQ(refusal(coco(image, R"({"image_id":1})")), "annotations[0]: no bbox");
  EXPECT_EQ(refusal(coco(image, R"({"image_id":1,"bbox":[1,1,2,0]})")),
            "annotations[0]: a box of 2 x 0");
  EXPECT_EQ(refusal(coco(image, R"({"image_id":1,"bbox":[1,1,2,null]})")),
            "annotations[0]: bbox is no list of four numbers");
  EXPECT_EQ(refusal(coco(image, R"({"image_id":1,"track_id":2,"bbox":[1,1,2,2]},
                                   {"image_id":1,"track_id":2,"bbox":[1,1,2,2]})")),
            "annotations[1]: id 2 is in frame 0 a second time, after annotations[0]");
  EXPECT_EQ(refusal(coco(image + R"(,{"id":1,"frame":1})", "")),
            "images[1]: 1 is the id of an image before");
  EXPECT_EQ(refusal(coco(R"({"id":1,"video_id":1},{"id":2,"video_id":2})", "")),
            "images[1]: a second video_id: tracks of one video are read");
}

}  // namespace
}  // namespace rollingdepth::testing
