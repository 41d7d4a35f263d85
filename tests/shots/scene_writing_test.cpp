#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "shots/scene_files.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TemporaryFolder;

using Writer = void (*)(std::ostream&, const Scenes&);

std::string written(Writer write, const Scenes& scenes) {
  std::ostringstream out;
  write(out, scenes);
  return out.str();
}

const Scenes kScenes{
    .cuts = {98, 154}, .frames = 200, .frame_rate = {2997, 125}, .clip = "a clip.avi"};

// What PySceneDetect 0.7.2 writes of the same frames and rate.
TEST(SceneCsv, IsWrittenAsPySceneDetectDoes) {
  EXPECT_EQ(written(write_scene_csv, kScenes),
            "Timecode List:,00:00:04.087,00:00:06.423\n"
            "Scene Number,Start Frame,Start Timecode,Start Time (seconds),End Frame,End Timecode,"
            "End Time (seconds),Length (frames),Length (timecode),Length (seconds)\n"
            "1,1,00:00:00.000,0.000,98,00:00:04.087,4.087,98,00:00:04.087,4.087\n"
            "2,99,00:00:04.087,4.087,154,00:00:06.423,6.423,56,00:00:02.336,2.336\n"
            "3,155,00:00:06.423,6.423,200,00:00:08.342,8.342,46,00:00:01.919,1.919\n");
}

TEST(SceneCsv, CountsHoursAndRoundsWithoutSixtySeconds) {
  const std::string text = written(
      write_scene_csv,
      {.cuts = {3599999, 5400000}, .frames = 360000000, .frame_rate = {1000, 1}, .clip = "long"});
  EXPECT_THAT(text, HasSubstr("00:59:59.999,3599.999"));
  EXPECT_THAT(text, HasSubstr("01:30:00.000,5400.000"));
  EXPECT_THAT(text, HasSubstr("100:00:00.000,360000.000"));
  // 59.9996 s
  EXPECT_THAT(written(write_scene_csv,
                      {.cuts = {599996}, .frames = 600000, .frame_rate = {10000, 1}, .clip = ""}),
              HasSubstr("00:01:00.000,60.000"));
}

TEST(SceneJson, IsWrittenAsAv1anDoes) {
  const auto json = nlohmann::json::parse(written(write_scene_json, kScenes));
  EXPECT_EQ(json["frames"], 200);
  ASSERT_EQ(json["scenes"].size(), 3U);
  EXPECT_EQ(json["scenes"][1],
            (nlohmann::json{{"start_frame", 98}, {"end_frame", 154}, {"zone_overrides", nullptr}}));
  EXPECT_EQ(json["split_scenes"], json["scenes"]);
}

TEST(SceneFiles, AreReadAsTheyWereWritten) {
  const TemporaryFolder folder;
  for (const std::int64_t first : {0, 17}) {
    Scenes scenes = kScenes;
    scenes.first = first;
    std::ofstream(folder / "a.csv") << written(write_scene_csv, scenes);
    std::ofstream(folder / "a.json") << written(write_scene_json, scenes);
    for (const char* name : {"a.csv", "a.json"}) {
      // What lies before the first scene is one of its own.
      const Cuts expected = first == 0 ? Cuts{98, 154} : Cuts{17, 98, 154};
      const SceneList list = read_scene_file(folder / name);
      EXPECT_EQ(list.cuts, expected) << name;
      EXPECT_EQ(list.end, 200) << name;
    }
  }
}

TEST(SceneEdl, CountsFramesOfEachSecond) {
  const std::string text =
      written(write_scene_edl,
              {.cuts = {98, 154}, .frames = 90025, .frame_rate = {25, 1}, .clip = "a clip.avi"});
  EXPECT_EQ(text,
            "TITLE: a clip.avi\n"
            "FCM: NON-DROP FRAME\n"
            "\n"
            "001  AX       V     C        00:00:00:00 00:00:03:23 00:00:00:00 00:00:03:23\n"
            "* FROM CLIP NAME: a clip.avi\n"
            "002  AX       V     C        00:00:03:23 00:00:06:04 00:00:03:23 00:00:06:04\n"
            "* FROM CLIP NAME: a clip.avi\n"
            "003  AX       V     C        00:00:06:04 01:00:01:00 00:00:06:04 01:00:01:00\n"
            "* FROM CLIP NAME: a clip.avi\n");
}

TEST(SceneEdl, SaysWhereARateIsNotWhole) {
  const std::string text = written(
      write_scene_edl, {.cuts = {30}, .frames = 61, .frame_rate = {30000, 1001}, .clip = "x\ny"});
  EXPECT_THAT(text, HasSubstr("* THE CLIP HAS 30000/1001 FRAMES A SECOND; TIMECODE COUNTS 30\n"));
  EXPECT_THAT(text, HasSubstr("00:00:01:00 00:00:02:01 00:00:01:00 00:00:02:01\n"));
  // A name cannot begin a line of its own.
  EXPECT_THAT(text, HasSubstr("TITLE: x\\ny\n"));
}

}  // namespace
}  // namespace rollingdepth
