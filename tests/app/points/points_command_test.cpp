#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/program.hpp"
#include "app/refusal.hpp"
#include "media/npy.hpp"
#include "temporary_folder.hpp"
#include "write/ply_reader.hpp"

namespace rollingdepth {
namespace {

using testing::case_clip;
using ::testing::ElementsAre;
using testing::expect_refused;
using testing::files_below;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::PlyFile;
using testing::ProgramResult;
using testing::read_ply;
using testing::Refusal;
using testing::run_program;
using testing::small_run;
using testing::TemporaryFolder;
using testing::text_of;
using Words = std::vector<std::string>;

/// Pictures of 8 x 6 pixels, as their programs write them: picture n has the red 10 n.
void write_pictures(const std::filesystem::path& folder, int count) {
  std::filesystem::create_directories(folder);
  for (int n = 0; n < count; ++n) {
    std::ofstream picture(folder / (std::to_string(100 + n) + ".ppm"), std::ios::binary);
    picture << "P6 8 6 255\n";
    for (int pixel = 0; pixel < 48; ++pixel) {
      picture.put(static_cast<char>(10 * n)).put(static_cast<char>(pixel)).put(7);
    }
  }
}

/// Three maps of 8 x 6 pixels and four pictures.
void write_inputs(const TemporaryFolder& folder) {
  at::Tensor depth = at::linspace(-1, 1, 3 * 48).reshape({3, 6, 8});
  depth[0][0][1] = std::numeric_limits<float>::quiet_NaN();
  write_npy(folder / "depth.npy", depth);
  write_pictures(folder / "video", 4);
}

ProgramResult points(const TemporaryFolder& folder, Words options) {
  Words words = {"points", "depth.npy", "--video", "video", "-o", "clouds", "--threads", "1"};
  words.insert(words.end(), options.begin(), options.end());
  return run_program(folder.path(), words);
}

const Words kNoFilter = {"--edge-filter", "0", "--sky-filter", "0"};

Words unfiltered(Words options) {
  options.insert(options.end(), kNoFilter.begin(), kNoFilter.end());
  return options;
}

TEST(PointsCommand, MakesACloudOfEachMapNumberedAsThePicturesAndSaysWhatItAssumed) {
  const TemporaryFolder folder;
  write_inputs(folder);
  const ProgramResult result = points(folder, unfiltered({}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "clouds\n");
  EXPECT_THAT(result.err, HasSubstr("taken as inverse depth"));
  EXPECT_THAT(result.err, HasSubstr("the focal length is assumed"));
  EXPECT_THAT(result.err, HasSubstr("unit relative"));
  EXPECT_THAT(result.err, HasSubstr("1 frame more than the depth"));
  EXPECT_THAT(files_below(folder / "clouds"), ElementsAre("100.ply", "101.ply", "102.ply"));
  EXPECT_EQ(read_ply(folder / "clouds/100.ply").points.size(), 47U);  // One is NaN.
  const PlyFile last = read_ply(folder / "clouds/102.ply");
  ASSERT_EQ(last.points.size(), 48U);
  EXPECT_FLOAT_EQ(last.points.back().z, 1);  // The nearest of the clip.
  EXPECT_FLOAT_EQ(last.points.back().x, 3.5F / 9.6F);
  EXPECT_FLOAT_EQ(last.points.back().y, 2.5F / 9.6F);
  EXPECT_EQ(last.points.back().red, 20);
  EXPECT_EQ(last.points.back().green, 47);
  EXPECT_EQ(last.points.back().blue, 7);
}

TEST(PointsCommand, TakesMetresTheCameraAndTheVideosFrame) {
  const TemporaryFolder folder;
  write_inputs(folder);
  write_npy(folder / "depth.npy", at::full({2, 6, 8}, 5.0F));
  const ProgramResult result =
      points(folder, {"--values", "metres", "--intrinsics", "10,20,3,4", "--video-from", "2"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, Not(HasSubstr("warning")));
  const PlyFile first = read_ply(folder / "clouds/102.ply");
  ASSERT_EQ(first.points.size(), 48U);
  EXPECT_FLOAT_EQ(first.points.front().x, 5 * (0.5F - 3) / 10);
  EXPECT_FLOAT_EQ(first.points.front().y, 5 * (0.5F - 4) / 20);
  EXPECT_FLOAT_EQ(first.points.front().z, 5);
  EXPECT_EQ(first.points.front().red, 20);
}

TEST(PointsCommand, ReadsTheCameraFromAFileOfColmap) {
  const TemporaryFolder folder;
  write_inputs(folder);
  std::ofstream(folder / "cameras.txt") << "# cameras\n1 PINHOLE 8 6 10 20 3 4\n";
  ASSERT_EQ(points(folder, {"--camera", "cameras.txt"}).exit_code, 0);
  const std::string of_file = text_of(folder / "clouds/101.ply");
  ASSERT_EQ(points(folder, {"--intrinsics", "10,20,3,4", "--overwrite"}).exit_code, 0);
  const std::string told = text_of(folder / "clouds/101.ply");
  EXPECT_EQ(of_file.substr(of_file.find("end_header")), told.substr(told.find("end_header")));
}

TEST(PointsCommand, OfAPartMakesTheCloudsOfTheWhole) {
  const TemporaryFolder folder;
  write_inputs(folder);
  ASSERT_EQ(points(folder, unfiltered({"--max-points", "20"})).exit_code, 0);
  const std::string whole = text_of(folder / "clouds/101.ply");
  EXPECT_EQ(read_ply(folder / "clouds/101.ply").points.size(), 20U);
  const ProgramResult part = points(
      folder, unfiltered({"--max-points", "20", "--from", "1", "--frames", "1", "--overwrite"}));
  ASSERT_EQ(part.exit_code, 0) << part.err;
  EXPECT_THAT(files_below(folder / "clouds"), ElementsAre("101.ply"));
  EXPECT_EQ(text_of(folder / "clouds/101.ply"), whole);
}

TEST(PointsCommand, RefusesWhatItCannotDoInOneLineAndWritesNothing) {
  const std::vector<Refusal> refusals = {
      {"no depth", {}, 2, "no depth clip"},
      {"no video", {"depth.npy", "-o", "x"}, 2, "--video"},
      {"no output", {"depth.npy", "--video", "video"}, 2, "-o"},
      {"two", {"depth.npy", "b.npy", "--video", "video", "-o", "x"}, 2, "b.npy"},
      {"dot", {"depth.npy", "--video", "video", "-o", "."}, 2, "folder of its own"},
      {"near", {"depth.npy", "--video", "video", "-o", "x", "--near", "1"}, 2, "--far"},
      {"near of metres",
       {"depth.npy", "--video", "video", "-o", "x", "--near", "1", "--far", "2", "--values",
        "metres"},
       2,
       "--near"},
      {"cameras",
       {"depth.npy", "--video", "video", "-o", "x", "--fov-x", "60", "--camera", "c.txt"},
       2,
       "--camera: not together with --fov-x"},
      {"angle", {"depth.npy", "--video", "video", "-o", "x", "--fov-x", "180"}, 2, "--fov-x"},
      {"three numbers",
       {"depth.npy", "--video", "video", "-o", "x", "--intrinsics", "1,2,3"},
       2,
       "fx,fy,cx,cy"},
      {"no focal length",
       {"depth.npy", "--video", "video", "-o", "x", "--intrinsics", "0,2,3,4"},
       2,
       "above 0"},
      {"no map", {"depth.npy", "--video", "video", "-o", "x", "--from", "3"}, 2, "3 depth maps"},
      {"no file", {"gone.npy", "--video", "video", "-o", "x"}, 1, "gone.npy"},
      {"no clip", {"depth.npy", "--video", "gone", "-o", "x"}, 1, "gone"},
      {"no camera", {"depth.npy", "--video", "video", "-o", "x", "--camera", "c.txt"}, 1, "c.txt"},
      {"short video",
       {"depth.npy", "--video", "video", "-o", "x", "--video-from", "2"},
       1,
       "has 4 frames, and the depth needs 5"},
      {"another shape", {"wide.npy", "--video", "video", "-o", "x"}, 1, "is not of this video"},
      {"nothing finite", {"nan.npy", "--video", "video", "-o", "x"}, 1, "no finite value"},
      {"a folder of other things",
       {"depth.npy", "--video", "video", "-o", "video", "--overwrite"},
       1,
       "would be lost"},
      {"a folder that exists", {"depth.npy", "--video", "video", "-o", "video"}, 1, "--overwrite"}};
  for (const Refusal& refusal : refusals) {
    SCOPED_TRACE(refusal.name);
    const TemporaryFolder folder;
    write_inputs(folder);
    write_npy(folder / "wide.npy", at::zeros({1, 20, 100}));
    write_npy(folder / "nan.npy", at::full({1, 6, 8}, std::nan("")));
    expect_refused(folder, "points", refusal);
  }
}

// The depth is read while the clouds are written: what is wrong with its end comes late.
TEST(PointsCommand, KeepsAnOlderFolderWhereItFails) {
  const TemporaryFolder folder;
  write_inputs(folder);
  ASSERT_EQ(points(folder, {}).exit_code, 0);
  const std::string before = text_of(folder / "clouds/100.ply");
  std::ofstream(folder / "video/102.ppm") << "P6 8 6 255\nshort";
  EXPECT_EQ(points(folder, {"--overwrite", "--axes", "opengl"}).exit_code, 1);
  EXPECT_EQ(text_of(folder / "clouds/100.ply"), before);
  EXPECT_FALSE(std::filesystem::exists(folder / "clouds.partial"));
}

Words run_words(Words more) {
  Words words = {"-i",         case_clip("fast"), "-o",     "out", "--save-ply", "--from", "2",
                 "--save-npy", "--no-save-sbs",   "--cmap", ""};
  words.insert(words.end(), more.begin(), more.end());
  return small_run(words);
}

TEST(SavePly, OfARunIsWhatPointsMakesOfItsDepth) {
  const TemporaryFolder folder;
  const ProgramResult run = run_program(folder.path(), run_words({"--fov-x", "50"}));
  ASSERT_EQ(run.exit_code, 0) << run.err;
  EXPECT_THAT(run.out, HasSubstr("out/clip_ply\n"));
  const ProgramResult again =
      run_program(folder.path(), {"points", "out/clip_pred.npy", "--video", case_clip("fast"), "-o",
                                  "clouds", "--fov-x", "50"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.err, Not(HasSubstr("note")));  // The report tells all.
  const std::vector<std::string> names = files_below(folder / "out/clip_ply");
  EXPECT_THAT(names, ::testing::SizeIs(5));
  EXPECT_EQ(files_below(folder / "clouds"), names);
  for (const std::string& name : names) {
    EXPECT_EQ(text_of(folder / "clouds" / name), text_of(folder / "out/clip_ply" / name)) << name;
    EXPECT_FALSE(read_ply(folder / "clouds" / name).points.empty()) << name;
  }
  const auto report = nlohmann::json::parse(text_of(folder / "out/clip_report.json"));
  EXPECT_THAT(report.at("outputs"), ::testing::Contains("clip_ply"));
  EXPECT_THAT(report.at("warnings").dump(), HasSubstr("unit relative"));
}

TEST(SavePly, IsFinishedWithTheSameOptionsAndRefusedWithOthers) {
  const TemporaryFolder folder;
  ASSERT_EQ(run_program(folder.path(), run_words({})).exit_code, 0);
  const ProgramResult same = run_program(folder.path(), run_words({}));
  EXPECT_EQ(same.exit_code, 0);
  EXPECT_THAT(same.err, HasSubstr("skipped"));
  const ProgramResult other = run_program(folder.path(), run_words({"--point-stride", "2"}));
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.err, HasSubstr("other settings: point clouds --point-stride 2"));
  // Of a run without clouds their options do not count.
  Words plain = run_words({});
  std::erase(plain, "--save-ply");
  EXPECT_THAT(run_program(folder.path(), plain).err, HasSubstr("skipped"));
}

TEST(SavePly, RefusesBeforeItComputesAnything) {
  const TemporaryFolder folder;
  const ProgramResult camera = run_program(folder.path(), run_words({"--camera", "gone.yml"}));
  EXPECT_EQ(camera.exit_code, 1);
  EXPECT_THAT(camera.err, HasSubstr("gone.yml"));
  EXPECT_THAT(camera.err, Not(HasSubstr("encode")));
  Words plain = run_words({"--near", "1", "--far", "3"});
  std::erase(plain, "--save-ply");
  const ProgramResult useless = run_program(folder.path(), plain);
  EXPECT_EQ(useless.exit_code, 2);
  EXPECT_THAT(useless.err, HasSubstr("--near: needs --save-ply"));
  const ProgramResult dry = run_program(folder.path(), run_words({"--dry-run"}));
  EXPECT_EQ(dry.exit_code, 0) << dry.err;
  EXPECT_THAT(dry.out, HasSubstr("for clip_ply"));
  EXPECT_FALSE(std::filesystem::exists(folder / "out"));
}

}  // namespace
}  // namespace rollingdepth
