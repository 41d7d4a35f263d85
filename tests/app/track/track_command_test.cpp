#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "app/program.hpp"
#include "app/refusal.hpp"
#include "media/npy.hpp"
#include "media/npz_array.hpp"
#include "temporary_folder.hpp"
#include "tracks/scene.hpp"

namespace rollingdepth {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::expect_refused;
using testing::files_below;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::lines_of;
using ::testing::Not;
using testing::ProgramResult;
using testing::Refusal;
using testing::run_program;
using testing::Scene;
using testing::TemporaryFolder;
using testing::text_of;
using Words = std::vector<std::string>;

/// The scene as a run leaves it: relative depth at half the video's size with its report, tracks of
/// the box (7) and of the plane (3), a camera.
void write_scene(const TemporaryFolder& folder) {
  write_npy(folder / "clip_pred.npy", (Scene::inverse_maps() * 2.5 - 0.8).contiguous());
  std::ofstream(folder / "clip_report.json")
      << R"({"input": {"width": 96, "height": 64, "frame_rate": "25/1"},
             "result": {"values": "affine-invariant inverse depth, -1 to 1"},
             "outputs": ["clip_pred.npy"]})";
  json box = {{"id", 7}, {"label", "a \"box\", red"}, {"points", json::array()}};
  json plane = {{"id", 3}, {"points", json::array()}};
  for (std::int64_t frame = 0; frame < Scene::kFrames; ++frame) {
    box["points"].push_back(
        {{"frame", frame}, {"x", Scene::box_x(frame)}, {"y", 30}, {"visible", frame != 11}});
    plane["points"].push_back({{"frame", frame}, {"x", 81}, {"y", 9}});
  }
  std::ofstream(folder / "tracks.json") << json{{"tracks", {box, plane}}};
  std::ofstream(folder / "cameras.txt") << "1 PINHOLE 96 64 80 80 48 32\n";
}

const Words kKnown = {"--known", "0,24,30,2", "20,44,30,1.4285714286", "5,81,9,5.4237288136"};

ProgramResult track(const TemporaryFolder& folder, const Words& options) {
  Words words = {"track", "clip_pred.npy", "tracks.json", "--threads", "1", "--radius", "2"};
  words.insert(words.end(), options.begin(), options.end());
  return run_program(folder.path(), words);
}

Words with_known(Words options) {
  options.insert(options.end(), kKnown.begin(), kKnown.end());
  return options;
}

/// Every key called `depth` of a number, wherever it stands.
void count_depths(const json& tree, std::set<std::string>& places, const std::string& place = "") {
  for (const auto& [key, value] : tree.items()) {
    if (tree.is_object() && key == "depth" && !value.is_object()) places.insert(place);
    if (value.is_structured()) {
      count_depths(value, places, place + "/" + (tree.is_object() ? key : ""));
    }
  }
}

TEST(TrackCommand, WritesRelativeDepthWhereNothingMakesMetres) {
  const TemporaryFolder folder;
  write_scene(folder);
  const ProgramResult result = track(folder, {"-o", "out/depth.json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json depth = json::parse(text_of(folder / "out" / "depth.json"));
  EXPECT_EQ(depth["unit"], "relative");
  ASSERT_EQ(depth["tracks"].size(), 2U);
  EXPECT_EQ(depth["tracks"][0]["id"], 7);
  EXPECT_EQ(depth["tracks"][0]["label"], "a \"box\", red");
  const json& first = depth["tracks"][0]["points"][0];
  EXPECT_EQ(first["frame"], 0);
  EXPECT_EQ(first["x"], 24);
  EXPECT_NEAR(first["depth"].get<double>(), 0.5 * 2.5 - 0.8, 1e-6);
  EXPECT_NEAR(first["depth_smooth"].get<double>(), 0.45, 1e-6);
  EXPECT_EQ(first["spread"], 0);
  EXPECT_EQ(first["edge"], false);
  EXPECT_EQ(first["valid"], true);
  const json& hidden = depth["tracks"][0]["points"][11];
  EXPECT_EQ(hidden["valid"], false);
  EXPECT_TRUE(hidden["depth"].is_null());
  EXPECT_TRUE(hidden["position"].is_null());
  EXPECT_NEAR(hidden["depth_smooth"].get<double>(), 0.61 * 2.5 - 0.8, 1e-5);
  std::set<std::string> places;
  count_depths(depth, places);
  EXPECT_THAT(places, ElementsAre("/tracks//points/"));
  // The table and what was assumed.
  EXPECT_THAT(result.out, AllOf(HasSubstr("tortuosity = L / D"), HasSubstr("2D, pixels"),
                                HasSubstr("3D, relative")));
  EXPECT_THAT(result.err, AllOf(HasSubstr("f = 1.2 max(width, height)"),
                                HasSubstr("video: 96x64, from clip_report.json"),
                                HasSubstr("--near and --far or --known make metres")));
}

TEST(TrackCommand, MakesMetresOfKnownDistancesAndTellsTheResiduals) {
  const TemporaryFolder folder;
  write_scene(folder);
  const ProgramResult result = track(folder, with_known({"-o", "-", "--camera", "cameras.txt"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json depth = json::parse(result.out);
  EXPECT_EQ(depth["unit"], "metres");
  EXPECT_EQ(depth["camera"]["source"], "cameras.txt (COLMAP, PINHOLE)");
  EXPECT_EQ(depth["scale"]["from"]["known"].size(), 3U);
  for (const json& point : depth["tracks"][0]["points"]) {
    if (!point["valid"]) continue;
    const auto frame = point["frame"].get<std::int64_t>();
    const double z = 1 / Scene::box_inverse(frame);
    EXPECT_NEAR(point["depth"].get<double>(), z, 1e-4 * z);
    EXPECT_NEAR(point["position"][0].get<double>(), (Scene::box_x(frame) - 48) / 80 * z, 1e-4 * z);
    EXPECT_NEAR(point["position"][1].get<double>(), -2 / 80.0 * z, 1e-4 * z);
    EXPECT_NEAR(point["position"][2].get<double>(), z, 1e-4 * z);
  }
  EXPECT_NEAR(depth["tracks"][0]["measures_2d"]["path_length"].get<double>(), 23, 1e-6);
  EXPECT_NEAR(depth["tracks"][0]["measures_2d"]["straightness"].get<double>(), 1, 1e-6);
  EXPECT_THAT(depth["remarks"].dump(), HasSubstr("known 0,24,30,2: fitted 2 m"));
}

TEST(TrackCommand, WritesEveryKindOfOutput) {
  const TemporaryFolder folder;
  write_scene(folder);
  ASSERT_EQ(track(folder, with_known({"-o", "a.npz", "--tapvid3d", "b.npz", "--picture",
                                      "pictures/", "--quiet"}))
                .exit_code,
            0);
  EXPECT_THAT(files_below(folder / "pictures"), ElementsAre("track_3.png", "track_7.png"));
  const auto shape = [&](const std::string& file, const std::string& name) {
    const NpzFile npz(folder / file);
    return NpzArray(npz, name).header().shape;
  };
  EXPECT_THAT(shape("a.npz", "depth"), ElementsAre(2, Scene::kFrames));
  EXPECT_THAT(shape("a.npz", "positions"), ElementsAre(2, Scene::kFrames, 3));
  EXPECT_THAT(shape("b.npz", "tracks_XYZ"), ElementsAre(Scene::kFrames, 2, 3));
  EXPECT_THAT(shape("b.npz", "visibility"), ElementsAre(Scene::kFrames, 2));
  EXPECT_THAT(shape("b.npz", "fx_fy_cx_cy"), ElementsAre(4));
  EXPECT_THAT(shape("b.npz", "queries_xyt"), ElementsAre(2, 3));
  const ProgramResult csv = track(folder, with_known({"-o", "c.csv", "--no-smooth", "--quiet"}));
  ASSERT_EQ(csv.exit_code, 0) << csv.err;
  EXPECT_THAT(csv.out, IsEmpty());
  const std::vector<std::string> lines = lines_of(text_of(folder / "c.csv"));
  ASSERT_EQ(lines.size(), 1U + 2 * Scene::kFrames);
  EXPECT_THAT(lines[0], HasSubstr("id,frame,x,y,width,height,depth,depth_smooth,spread"));
  EXPECT_EQ(lines[1],
            "7,0,24,30,,,2,,0,0,1,1,0,-0.4166667,-0.03472222,2,metres,\"a \"\"box\"\", red\"\r");
  EXPECT_EQ(lines[12], "7,11,35,30,,,,,,0,0,0,0,,,,metres,\"a \"\"box\"\", red\"\r");
}

// What it writes it reads again, to the same depths.
TEST(TrackCommand, ReadsWhatItHasWritten) {
  const TemporaryFolder folder;
  write_scene(folder);
  ASSERT_EQ(track(folder, {"-o", "first.json", "--quiet"}).exit_code, 0);
  const ProgramResult again = run_program(
      folder.path(), {"track", "clip_pred.npy", "first.json", "-o", "-", "--radius", "2"});
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_EQ(json::parse(again.out)["tracks"],
            json::parse(text_of(folder / "first.json"))["tracks"]);
}

TEST(TrackCommand, SaysWhatItTakesANakedArrayFor) {
  const TemporaryFolder folder;
  write_scene(folder);
  std::filesystem::remove(folder / "clip_report.json");
  const ProgramResult own = track(folder, {"-o", "a.json", "--size", "96x64"});
  ASSERT_EQ(own.exit_code, 0) << own.err;
  EXPECT_THAT(own.err,
              AllOf(HasSubstr("from --size"), HasSubstr("taken to be larger where it is nearer")));
  const ProgramResult metres = track(folder, {"-o", "-", "--size", "96x64", "--values", "metres"});
  EXPECT_EQ(json::parse(metres.out)["unit"], "metres");
}

// A smaller copy of the video that tracks were made on is none.
TEST(TrackCommand, WarnsOfASizeOfAnotherShapeThanTheReports) {
  const TemporaryFolder folder;
  write_scene(folder);
  const ProgramResult other = track(folder, {"-o", "a.json", "--size", "96x80"});
  ASSERT_EQ(other.exit_code, 0) << other.err;
  EXPECT_THAT(other.err, HasSubstr("--size 96x80 has another shape than the video of "
                                   "clip_report.json, 96x64"));
  const ProgramResult larger = track(folder, {"-o", "b.json", "--size", "192x128"});
  ASSERT_EQ(larger.exit_code, 0) << larger.err;
  EXPECT_THAT(larger.err, Not(HasSubstr("shape")));
}

// Its report knows the size of the smaller pictures only.
TEST(TrackCommand, AsksForTheSizeOfAVideoThatARunMadeSmaller) {
  const TemporaryFolder folder;
  write_scene(folder);
  std::string report = text_of(folder / "clip_report.json");
  report.insert(1, R"("identity": {"start_frame": 0, "max_res": 96}, )");
  std::ofstream(folder / "clip_report.json") << report;
  const ProgramResult naked = track(folder, {"-o", "a.json"});
  EXPECT_EQ(naked.exit_code, 2);
  EXPECT_THAT(naked.err, HasSubstr("is of a run with --max-res, and does not know the size of the "
                                   "video: give --video or --size"));
  EXPECT_FALSE(std::filesystem::exists(folder / "a.json"));
  EXPECT_EQ(track(folder, {"-o", "a.json", "--size", "192x128"}).exit_code, 0);
}

class TrackRefusal : public ::testing::TestWithParam<Refusal> {};

TEST_P(TrackRefusal, IsOneLineAndWritesNothing) {
  const TemporaryFolder folder;
  write_scene(folder);
  std::filesystem::create_directory(folder / "mine");
  std::ofstream(folder / "mine" / "notes.txt") << "mine";
  std::ofstream(folder / "camera.txt") << "1 PINHOLE 192 128 80 80 48 32\n";
  std::ofstream(folder / "late.json") << R"([{"frame": 24, "x": 4, "y": 5, "id": 1}])";
  std::ofstream(folder / "nan.csv") << "frame,x,y\n0,nan,3\n";
  expect_refused(folder, "track", GetParam());
}

Refusal of(const std::string& name, Words options, int exit_code, const std::string& said) {
  Words words = {"clip_pred.npy", "tracks.json", "-o", "new/depth.json"};
  words.insert(words.end(), options.begin(), options.end());
  return {.name = name, .arguments = words, .exit_code = exit_code, .said = said};
}

INSTANTIATE_TEST_SUITE_P(
    TrackCommand, TrackRefusal,
    ::testing::Values(
        Refusal{.name = "NoFiles", .arguments = {"-o", "a.json"}, .said = "no files"},
        Refusal{.name = "NoTracks",
                .arguments = {"clip_pred.npy", "-o", "a.json"},
                .said = "no file of tracks"},
        Refusal{
            .name = "NoOutput", .arguments = {"clip_pred.npy", "tracks.json"}, .said = "no output"},
        Refusal{.name = "OtherEnding",
                .arguments = {"clip_pred.npy", "tracks.json", "-o", "a.txt"},
                .said = "ends neither in .json, .csv nor .npz"},
        Refusal{.name = "ReplacesTracks",
                .arguments = {"clip_pred.npy", "tracks.json", "-o", "tracks.json"},
                .said = "would replace what is read"},
        Refusal{
            .name = "TwoOutputsInOneFile",
            .arguments = {"clip_pred.npy", "tracks.json", "-o", "a.npz", "--tapvid3d", "./a.npz"},
            .said = "two outputs are called ./a.npz"},
        Refusal{.name = "MissingTracks",
                .arguments = {"clip_pred.npy", "none.json", "-o", "a.json"},
                .exit_code = 1,
                .said = "none.json"},
        Refusal{.name = "BeyondTheClip",
                .arguments = {"clip_pred.npy", "late.json", "-o", "a.json", "--frame-base", "0"},
                .exit_code = 1,
                .said = "late.json"},
        Refusal{.name = "NaN",
                .arguments = {"clip_pred.npy", "nan.csv", "-o", "a.json"},
                .exit_code = 1,
                .said = "nan.csv"},
        of("FrameBase", {"--frame-base", "2"}, 2, "--frame-base"),
        of("Coordinates", {"--coords", "miles"}, 2, "--coords"),
        of("Size", {"--size", "96"}, 2, "--size"), of("Radius", {"--radius", "0"}, 2, "--radius"),
        of("Intrinsics", {"--intrinsics", "80,80,48"}, 2, "--intrinsics"),
        of("NoFocalLength", {"--intrinsics", "0,80,48,32"}, 2, "above 0"),
        of("FieldOfView", {"--fov-x", "180"}, 2, "--fov-x"),
        of("TwoCameras", {"--fov-x", "60", "--camera", "cameras.txt"}, 2,
           "--camera: not together with --fov-x"),
        of("CameraOfAnotherSize", {"--camera", "camera.txt"}, 1, "it is of 192x128 pixels"),
        of("NearAlone", {"--near", "1"}, 2, "needs --far"),
        of("FarBeforeNear", {"--near", "2", "--far", "1"}, 2, "not farther than"),
        of("NearOfNothing", {"--near", "0", "--far", "1"}, 2, "--near: 0 m"),
        of("OneKnown", {"--known", "0,24,30,2"}, 2, "two or more"),
        of("KnownOfNothing", {"--known", "0,24,30,-2"}, 2, "greater than 0"),
        of("KnownAndNear", with_known({"--near", "1", "--far", "2"}), 2, "stands without"),
        of("ContradictingKnown", {"--known", "0,24,30,5", "0,81,9,2"}, 1, "contradict"),
        of("KnownBeyondTheClip", {"--known", "0,24,30,2", "24,81,9,5"}, 1, "has 24 frames"),
        of("ValuesAgainstTheReport", {"--values", "metres"}, 2, "clip_report.json says"),
        of("VideoFromAlone", {"--video-from", "1"}, 2, "needs --video"),
        of("MissingVideo", {"--video", "none.mp4"}, 1, "none.mp4"),
        of("ForeignFolder", {"--picture", "mine"}, 1, "also holds notes.txt"),
        of("PictureOfInputs", {"--picture", "."}, 2, "which is read"),
        of("SameOutputs", {"--tapvid3d", "new/depth.json"}, 2, "does not end in .npz")),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace rollingdepth
