#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "rollingdepth/error.hpp"
#include "shots/scene_files.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::TemporaryFolder;

// As PySceneDetect 0.7.2 writes it.
constexpr const char* kCsv =
    "Timecode List:,00:00:04.087,00:00:06.423\n"
    "Scene Number,Start Frame,Start Timecode,Start Time (seconds),End Frame,End Timecode,End Time "
    "(seconds),Length (frames),Length (timecode),Length (seconds)\n"
    "1,1,00:00:00.000,0.000,98,00:00:04.087,4.087,98,00:00:04.087,4.087\n"
    "2,99,00:00:04.087,4.087,154,00:00:06.423,6.423,56,00:00:02.336,2.336\n"
    "3,155,00:00:06.423,6.423,200,00:00:08.342,8.342,46,00:00:01.919,1.919\n";

Cuts read(const std::string& text, const std::string& name = "scenes.csv") {
  const TemporaryFolder folder;
  std::ofstream(folder / name, std::ios::binary) << text;
  return read_scene_file(folder / name).cuts;
}

std::string refusal_of(const std::string& text, const std::string& name = "scenes.csv") {
  try {
    read(text, name);
  } catch (const Error& error) {
    EXPECT_EQ(kind_of(error), ErrorKind::kInput);
    EXPECT_THAT(describe(error), HasSubstr(name));
    return describe(error);
  }
  return "taken";
}

TEST(SceneCsv, TellsWhereScenesBegin) { EXPECT_THAT(read(kCsv), ElementsAre(98, 154)); }

TEST(SceneCsv, NeedsNoListOfTimecodes) {
  const std::string text(kCsv);
  EXPECT_THAT(read(text.substr(text.find('\n') + 1)), ElementsAre(98, 154));
  // What the wheel's own function writes by default: timecodes without a word, or nothing.
  EXPECT_THAT(read("00:00:04.087\n" + text.substr(text.find('\n') + 1)), ElementsAre(98, 154));
  EXPECT_THAT(read("\n" + text.substr(text.find('\n') + 1)), ElementsAre(98, 154));
}

TEST(SceneCsv, FindsColumnsByTheirNames) {
  EXPECT_THAT(read("End Frame,Note,Start Frame\n10,\"x\",1\n20,y,11\n"), ElementsAre(10));
  EXPECT_THAT(read("\xEF\xBB\xBFstart frame;end frame\r\n1;10\r\n11;20\r\n\r\n"), ElementsAre(10));
  EXPECT_THAT(read("\"Start Frame\"\t\"End Frame\"\n\"1\"\t\"10\"\n\"11\"\t\"20\""),
              ElementsAre(10));
}

TEST(SceneCsv, NeedsOnlyWhereScenesBegin) {
  EXPECT_THAT(read("Start Frame\n1\n31\n51\n"), ElementsAre(30, 50));
}

TEST(SceneCsv, CountsFromZeroWhereTheFirstSceneDoes) {
  EXPECT_THAT(read("Start Frame,End Frame\n0,98\n98,154\n"), ElementsAre(98));
}

TEST(SceneCsv, TakesFramesBeforeTheFirstSceneForOneOfTheirOwn) {
  EXPECT_THAT(read("Start Frame,End Frame\n11,20\n21,30\n"), ElementsAre(10, 20));
}

TEST(SceneCsv, OfOneSceneHasNoCuts) {
  EXPECT_THAT(read("Start Frame,End Frame\n1,250\n"), IsEmpty());
}

TEST(SceneCsv, IsRefusedWhereScenesDoNotFollowEachOther) {
  const std::string head = "Start Frame,End Frame\n1,10\n";
  EXPECT_THAT(refusal_of(head + "13,20\n"), AllOf(HasSubstr("line 3"), HasSubstr("missing")));
  EXPECT_THAT(refusal_of(head + "10,20\n"), AllOf(HasSubstr("line 3"), HasSubstr("overlap")));
  EXPECT_THAT(refusal_of(head + "1,20\n"),
              AllOf(HasSubstr("line 3"), HasSubstr("not begin after")));
  EXPECT_THAT(refusal_of("Start Frame\n1\n30\n20\n"), HasSubstr("line 4"));
  EXPECT_THAT(refusal_of("Start Frame,End Frame\n5,3\n"), HasSubstr("ends before it begins"));
  EXPECT_THAT(refusal_of("Start Frame,End Frame\n5,10\n0,20\n"), HasSubstr("line 3"));
}

TEST(SceneCsv, IsRefusedWhereItHoldsNoNumbers) {
  const std::string head = "Start Frame,End Frame\n";
  for (const char* value :
       {"nan", "1.5", "", "1e3", "0x10", "99999999999999999999", "-4", "2000000000"}) {
    EXPECT_THAT(refusal_of(head + value + ",10\n"), HasSubstr("line 2")) << value;
  }
  EXPECT_THAT(refusal_of(head + "1\n"), HasSubstr("no value for 'End Frame'"));
  EXPECT_THAT(refusal_of(head + std::string(5000, 'x') + ",10\n").size(), ::testing::Lt(400U));
}

TEST(SceneFile, IsRefusedWhereItIsNone) {
  EXPECT_THAT(refusal_of(""), HasSubstr("empty"));
  EXPECT_THAT(refusal_of(" \r\n\n"), HasSubstr("empty"));
  EXPECT_THAT(refusal_of("Start Frame,End Frame\n"), HasSubstr("lists no scene"));
  EXPECT_THAT(refusal_of("hello\n"), HasSubstr("no column 'Start Frame'"));
  EXPECT_THAT(refusal_of(std::string("\0\1\2", 3)), HasSubstr("no text"));
  EXPECT_THAT(refusal_of(std::string((16 << 20) + 1, '1')), HasSubstr("too large"));
  const TemporaryFolder folder;
  EXPECT_THROW(read_scene_file(folder.path()), Error);
  EXPECT_THROW(read_scene_file(folder / "none.csv"), Error);
}

TEST(SceneJson, TellsWhereScenesBegin) {
  EXPECT_THAT(read(R"({"scenes":[{"start_frame":0,"end_frame":40},
                                 {"start_frame":40,"end_frame":90}],"frames":90})",
                   "scenes.json"),
              ElementsAre(40));
  // Later versions: overrides, and a second list in which long scenes are divided further.
  EXPECT_THAT(read(R"({"frames":90,
                       "scenes":[{"start_frame":0,"end_frame":40,"zone_overrides":null},
                                 {"start_frame":40,"end_frame":90,"zone_overrides":null}],
                       "split_scenes":[{"start_frame":0,"end_frame":20,"zone_overrides":null}]})",
                   "list.txt"),
              ElementsAre(40));
}

TEST(SceneJson, IsRefusedWhereItHoldsNoScenes) {
  const auto refused = [](const std::string& text) { return refusal_of(text, "scenes.json"); };
  EXPECT_THAT(refused("{"), HasSubstr("not valid JSON"));
  EXPECT_THAT(refused("[1, 2]"), HasSubstr("no list 'scenes'"));
  EXPECT_THAT(refused(R"({"scenes":3})"), HasSubstr("no list 'scenes'"));
  EXPECT_THAT(refused(R"({"scenes":[]})"), HasSubstr("lists no scene"));
  EXPECT_THAT(refused(R"({"scenes":[7]})"), HasSubstr("scene 1"));
  EXPECT_THAT(refused(R"({"scenes":[{"start_frame":0}]})"), HasSubstr("no 'end_frame'"));
  EXPECT_THAT(refused(R"({"scenes":[{"start_frame":NaN,"end_frame":4}]})"), HasSubstr("JSON"));
  for (const char* value : {"1.5", "\"0\"", "null", "-1", "18446744073709551615", "1e999"}) {
    const std::string text =
        std::string(R"({"scenes":[{"start_frame":)") + value + R"(,"end_frame":4}]})";
    EXPECT_NE(refused(text), "taken") << value;
  }
  EXPECT_THAT(refused(R"({"scenes":[{"start_frame":0,"end_frame":4},
                                    {"start_frame":5,"end_frame":9}]})"),
              AllOf(HasSubstr("scene 2"), HasSubstr("missing")));
  EXPECT_THAT(refused(R"({"frames":8,"scenes":[{"start_frame":0,"end_frame":9}]})"),
              HasSubstr("of 8 frames"));
}

}  // namespace
}  // namespace rollingdepth
