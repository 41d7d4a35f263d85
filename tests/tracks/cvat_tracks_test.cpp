#include "track_file_maker.hpp"

namespace rollingdepth::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

class CvatTracks : public TrackFiles {
 protected:
  static std::string cvat(const std::string& tracks, const std::string& meta = "") {
    return "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<annotations>\n  <version>1.1</version>\n" +
           meta + tracks + "</annotations>\n";
  }
  static std::string box(int frame, double left, const std::string& more = "") {
    return "    <box frame=\"" + std::to_string(frame) + "\" xtl=\"" + std::to_string(left) +
           "\" ytl=\"10.00\" xbr=\"" + std::to_string(left + 8) + "\" ybr=\"20.00\" " + more +
           ">\n      <attribute name=\"model\">a</attribute>\n    </box>\n";
  }
  static std::string point(int frame, const std::string& points, const std::string& more = "") {
    return "    <points frame=\"" + std::to_string(frame) + "\" points=\"" + points + "\" " + more +
           "/>\n";
  }
  static std::string track(const std::string& shapes) {
    return "  <track id=\"5\" label=\"car\" source=\"manual\">\n" + shapes + "  </track>\n";
  }
};

// Outside from frame 4 to 6: up to there the box goes on its way, from there on it is back.
TEST_F(CvatTracks, FillsInBetweenKeyframes) {
  const TrackFile file = read(cvat(track(box(1, 10, "keyframe=\"1\" outside=\"0\" occluded=\"0\"") +
                                         box(3, 14) + box(4, 16, "outside=\"1\"") + box(6, 20))),
                              "annotations.xml");
  EXPECT_EQ(file.format, "CVAT for video");
  EXPECT_EQ(file.frame_base, 0);
  ASSERT_THAT(file.tracks, SizeIs(1));
  EXPECT_EQ(file.tracks[0].id, 5);
  EXPECT_EQ(file.tracks[0].label, "car");
  EXPECT_THAT(texts_of(file.tracks[0]), ElementsAre("1: 14, 15 (8 x 10)", "2: 16, 15 (8 x 10)",
                                                    "3: 18, 15 (8 x 10)", "6: 24, 15 (8 x 10)"));
}

TEST_F(CvatTracks, ReadsSinglePointsAndLeavesOutOtherShapes) {
  const TrackFile file =
      read(cvat(track(point(0, "10.5,20.25") + point(2, "12.5,20.25", "occluded=\"1\"")) +
                track("<polyline frame=\"0\" points=\"1,2;3,4\"/><polygon frame=\"0\"/>")));
  ASSERT_THAT(file.tracks, SizeIs(1));
  EXPECT_THAT(texts_of(file.tracks[0]),
              ElementsAre("0: 10.5, 20.25", "1: 11.5, 20.25", "2: 12.5, 20.25 hidden"));
  EXPECT_THAT(file.remarks,
              ElementsAre("2 shapes left out: only boxes and single points have one place"));
}

TEST_F(CvatTracks, ScalesFromTheSizeOfTheTask) {
  const TrackFile file =
      read(cvat(track(box(0, 10)),
                "<meta><task><original_size><width>128</width><height>96</height>"
                "</original_size></task></meta>"));
  EXPECT_THAT(texts_of(file.tracks[0]), ElementsAre("0: 7, 7.5 (4 x 5)"));
  EXPECT_THAT(file.remarks, SizeIs(1));
}

TEST_F(CvatTracks, RefusesWhatMakesNoSense) {
  EXPECT_EQ(refusal("<annotations><track>"), "line 1: it is not valid XML, or cut short");
  EXPECT_EQ(refusal("<html></html>"), "its XML is not CVAT's: there is no element 'annotations'");
  EXPECT_EQ(refusal(cvat("<image id=\"0\"/>")),
            "it is 'CVAT for images', which has no tracks: export 'CVAT for video 1.1'");
  EXPECT_EQ(refusal(cvat("")), "it holds no track");
  EXPECT_EQ(refusal(cvat(track("<polygon frame=\"0\"/>"))),
            "it holds no track; 1 shapes left out: only boxes and single points have one place");
  EXPECT_EQ(refusal(cvat(track("<box frame=\"0\" xtl=\"1\" ytl=\"1\" xbr=\"4\"/>"))),
            "line 5: no ybr");
  EXPECT_EQ(refusal(cvat(track(point(0, "1,nan")))), "line 5: '1,nan' is no point");
  EXPECT_EQ(refusal(cvat(track(point(0, "7")))), "line 5: '7' is no point");
  EXPECT_EQ(refusal(cvat(track(box(0, 1) + box(0, 2)))),
            "line 8: id 5 is in frame 0 a second time, after line 5");
  // Nothing is filled in up to there.
  EXPECT_EQ(refusal(cvat(track(box(0, 1) + box(2000000000, 2)))),
            "line 8: frame 2000000000 is beyond the clip, which has 10 frames, counted from 0 "
            "(--frame-base)");
}

// CVAT ends a track in a frame behind its last, which need not be in the clip.
TEST_F(CvatTracks, MayEndBehindTheClip) {
  const TrackFile file = read(cvat(track(box(7, 10) + box(11, 18, "outside=\"1\""))));
  EXPECT_THAT(texts_of(file.tracks[0]),
              ElementsAre("7: 14, 15 (8 x 10)", "8: 16, 15 (8 x 10)", "9: 18, 15 (8 x 10)"));
}

}  // namespace
}  // namespace rollingdepth::testing
