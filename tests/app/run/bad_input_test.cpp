// Section "Exit codes" of the design, seen from outside: what a user can get wrong.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <functional>

#include "app/program.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using testing::case_clip;
using testing::files_below;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::lines_of;
using testing::Program;
using testing::run_program;
using ::testing::SizeIs;
using testing::small_run;
using testing::TemporaryFolder;
using testing::text_of;

using Words = std::vector<std::string>;

struct BadInput {
  std::string name;
  /// Prepares files in the folder; returns the arguments.
  std::function<Words(const TemporaryFolder&)> arguments;
  int exit_code = 0;
  Words said;  ///< All in the one line on standard error.
};

Words with_clip(Words words) {
  words.insert(words.begin(), {"-i", case_clip("fast")});
  return words;
}

void write_text(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

/// A copy of the small model package that a test may damage.
fs::path copy_package(const TemporaryFolder& folder) {
  fs::copy(testing::data_file("models") / "a", folder / "model");
  return folder / "model";
}

Words with_scenes(const TemporaryFolder& folder, const std::string& csv, const Words& more) {
  write_text(folder / "scenes.csv", csv);
  Words words = with_clip({"--res", "0", "--scenes", folder / "scenes.csv"});
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

Words without_unet(const TemporaryFolder& folder) {
  fs::remove(copy_package(folder) / "unet.ts");
  return with_clip({"-c", folder / "model"});
}

Words with_flipped_bit(const TemporaryFolder& folder) {
  const fs::path file = copy_package(folder) / "unet.ts";
  std::string bytes = text_of(file);
  bytes[bytes.size() / 2] ^= 1;
  write_text(file, bytes);
  return with_clip({"-c", folder / "model"});
}

Words of_newer_format(const TemporaryFolder& folder) {
  const fs::path file = copy_package(folder) / "model.json";
  std::string text = text_of(file);
  const std::string key = "\"format_version\": 1";
  text.replace(text.find(key), key.size(), "\"format_version\": 99");
  write_text(file, text);
  return with_clip({"-c", folder / "model"});
}

Words with_file(const TemporaryFolder& folder, const std::string& name, const std::string& text) {
  write_text(folder / name, text);
  return {"-i", folder / name};
}

Words truncated_video(const TemporaryFolder& folder) {
  // The index of an MP4 file stands at its end.
  const std::string bytes = text_of(case_clip("fast"));
  return with_file(folder, "cut.mp4", bytes.substr(0, bytes.size() / 2));
}

// A WAV file of no samples: a container that libav reads, without a picture in it.
Words sound_only(const TemporaryFolder& folder) {
  using namespace std::string_literals;
  return with_file(folder, "sound.mp4",
                   "RIFF\x26\0\0\0WAVEfmt \x10\0\0\0\1\0\1\0\x40\x1f\0\0\x80\x3e\0\0\2\0\x10\0"
                   "data\2\0\0\0\0\0"s);
}

Words empty_folder(const TemporaryFolder& folder) {
  fs::create_directory(folder / "nothing");
  return {"-i", folder / "nothing"};
}

Words link_loop(const TemporaryFolder& folder) {
  // Unreadable for every user, also for root.
  fs::create_symlink(folder / "loop", folder / "loop");
  return {"-i", folder / "loop"};
}

Words output_is_file(const TemporaryFolder& folder) {
  write_text(folder / "taken", "");
  return with_clip({"-o", folder / "taken"});
}

Words same_names(const TemporaryFolder& folder) {
  fs::create_directory(folder / "other");
  fs::copy(case_clip("fast"), folder / "other" / "clip.mp4");
  return with_clip({"-i", folder / "other" / "clip.mp4"});
}

std::function<Words(const TemporaryFolder&)> clip_with(Words words) {
  return [words](const TemporaryFolder&) { return with_clip(words); };
}

const std::vector<BadInput>& bad_inputs() {
  static const std::vector<BadInput> table = {
      {"MissingFile",
       [](const auto& f) {
         return Words{"-i", f / "gone.mp4"};
       },
       1,
       {"gone.mp4", "no such file"}},
      {"FolderWithoutVideos", empty_folder, 1, {"nothing", "no videos"}},
      {"EmptyFile", [](const auto& f) { return with_file(f, "empty.mp4", ""); }, 1, {"empty.mp4"}},
      {"TextNamedVideo",
       [](const auto& f) { return with_file(f, "text.mp4", "not a video\n"); },
       1,
       {"text.mp4"}},
      {"SoundOnly", sound_only, 1, {"sound.mp4", "no video stream"}},
      {"ResolutionTooLarge",
       clip_with({"--res", "9223372036854775807"}),
       2,
       {"--res", "too large"}},
      {"TruncatedVideo", truncated_video, 1, {"cut.mp4"}},
      {"UnreadableFolder", link_loop, 1, {"loop"}},
      {"OutputIsFile", output_is_file, 1, {"output folder", "taken"}},
      {"OutputUnwritable", clip_with({"-o", "/proc/rollingdepth"}), 1, {"/proc/rollingdepth"}},
      {"OutputBelowDevice", clip_with({"-o", "/dev/null/x"}), 1, {"/dev/null/x"}},
      {"UnknownPreset", clip_with({"-p", "fats"}), 2, {"--preset", "'fats'", "'fast'"}},
      {"UnknownQuality", clip_with({"-q", "best"}), 2, {"--quality", "'best'"}},
      {"UnknownOption", clip_with({"--colormap", "jet"}), 2, {"'--colormap'"}},
      {"UnknownDevice", clip_with({"--device", "gpu"}), 2, {"gpu"}},
      {"NegativeCount", clip_with({"--frames", "-1"}), 2, {"--frame-count", "-1"}},
      {"NegativeStart", clip_with({"--from", "-1"}), 2, {"--start-frame", "-1"}},
      {"StartPastTheEnd", clip_with({"--from", "1000", "--res", "0"}), 1, {"clip.mp4", "1000"}},
      {"StartPastTheEndInADryRun",
       clip_with({"--from", "1000", "--res", "0", "--dry-run"}),
       1,
       {"clip.mp4", "1000"}},
      {"ScenesOfALongerClip",
       [](const auto& f) { return with_scenes(f, "Start Frame\n1\n500\n", {"--dry-run"}); },
       1,
       {"scenes.csv", "a shot begins with frame 499, and clip.mp4 has", "it is of another clip"}},
      {"ScenesThatEndLaterThanAPartOfTheClip",
       [](const auto& f) {
         return with_scenes(f, "Start Frame,End Frame\n1,3\n4,500\n", {"--frames", "5"});
       },
       1,
       {"scenes.csv", "its scenes have 500 frames, and clip.mp4 has"}},
      {"ResolutionTooSmall", clip_with({"--res", "4"}), 2, {"--res", "4"}},
      {"DilationsWithoutOne", clip_with({"-d", "2", "25"}), 2, {"--dilations", "2 25"}},
      {"UnknownColormap", clip_with({"--cmap", "virdis"}), 2, {"--cmap", "'viridis'"}},
      {"MissingCheckpoint", clip_with({"-c", "/nowhere/model"}), 1, {"/nowhere/model"}},
      {"DiffusersCheckpoint",
       clip_with({"-c", testing::data_file("checkpoints/a")}),
       1,
       {"rollingdepth import"}},
      {"IncompleteCheckpoint", without_unet, 1, {"unet.ts"}},
      {"CorruptCheckpoint", with_flipped_bit, 1, {"unet.ts"}},
      {"NewerCheckpoint", of_newer_format, 1, {"model.json", "99"}},
      {"SpoolBelowDevice",
       clip_with({"--spool-dir", "/dev/null/x"}),
       1,
       {"cannot make the spool in /dev/null/x"}},
      {"SpoolIsFile",
       [](const auto& f) {
         write_text(f / "taken", "");
         return with_clip({"--spool-dir", f / "taken"});
       },
       1,
       {"cannot make the spool in ", "taken"}},
      {"SpoolUnwritable", clip_with({"--spool-dir", "/proc"}), 1, {"the spool", "/proc"}},
      {"SpoolUnwritableWithoutResume",
       clip_with({"--spool-dir", "/proc", "--no-resume", "--unload-snippet"}),
       1,
       {"spool", "/proc"}},
      {"UnknownSpoolDtype", clip_with({"--spool-dtype", "u8"}), 2, {"--spool-dtype", "'u8'"}},
      {"MemoryLimitWithoutNumber",
       clip_with({"--memory-limit", "lots"}),
       2,
       {"--memory-limit", "lots"}},
      {"MemoryLimitOfUnknownUnit",
       clip_with({"--memory-limit", "5X"}),
       2,
       {"--memory-limit", "5X"}},
      {"MemoryLimitNegative", clip_with({"--memory-limit", "-1M"}), 2, {"--memory-limit", "-1M"}},
      {"MemoryLimitTooSmall", clip_with({"--memory-limit", "1"}), 2, {"--memory-limit", "1"}},
      {"MemoryLimitTooLarge",
       clip_with({"--memory-limit", "99999999999999999999T"}),
       2,
       {"--memory-limit"}},
      {"ChunksTooShort", clip_with({"--chunk-frames", "7"}), 2, {"--chunk-frames", "7"}},
      {"ChunksNegative", clip_with({"--chunk-frames", "-100"}), 2, {"--chunk-frames", "-100"}},
      {"OverlapWithoutChunks",
       clip_with({"--chunk-overlap", "5"}),
       2,
       {"--chunk-overlap", "needs --chunk-frames"}},
      {"OverlapTooLong",
       clip_with({"--chunk-frames", "20", "--chunk-overlap", "11"}),
       2,
       {"--chunk-overlap", "11", "half"}},
      {"OverlapOfNothing",
       clip_with({"--chunk-frames", "20", "--chunk-overlap", "0"}),
       2,
       {"--chunk-overlap", "0"}},
      {"ChunksOfSavedSnippets",
       clip_with({"--chunk-frames", "20", "--save-snippets"}),
       2,
       {"--chunk-frames", "--save-snippets"}},
      {"Tf32OnTheProcessor",
       clip_with({"--tf32", "--device", "cpu"}),
       2,
       {"--tf32", "needs CUDA", "on cpu"}},
      {"AbsentCuda", clip_with({"--device", "cuda:99"}), 1, {"cuda"}},
      {"SameOutputNames", same_names, 2, {"other/clip.mp4", "same names"}},
      {"NoInput", [](const auto&) { return Words{}; }, 2, {"-i"}},
  };
  return table;
}

/// The test's name in place of the bytes of the struct, which change from build to build.
void PrintTo(const BadInput& tested, std::ostream* stream) { *stream << tested.name; }

class BadInputs : public ::testing::TestWithParam<BadInput> {};

TEST_P(BadInputs, GiveOneLineTheirExitCodeAndNoFiles) {
  const TemporaryFolder folder;
  Words arguments = GetParam().arguments(folder);
  arguments.emplace_back("--quiet");
  const auto result = run_program(folder.path(), arguments);
  EXPECT_EQ(result.exit_code, GetParam().exit_code);
  EXPECT_THAT(result.out, IsEmpty());
  Words errors;
  for (const std::string& line : lines_of(result.err)) {
    if (!line.starts_with("rollingdepth: warning: ")) errors.push_back(line);
  }
  ASSERT_THAT(errors, SizeIs(1));
  EXPECT_TRUE(errors[0].starts_with("rollingdepth: error: ")) << errors[0];
  for (const std::string& words : GetParam().said) EXPECT_THAT(errors[0], HasSubstr(words));
  EXPECT_THAT(files_below(folder / "output"), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Program, BadInputs, ::testing::ValuesIn(bad_inputs()),
                         [](const auto& tested) { return tested.param.name; });

// A file-size limit ends writes as a full disk does; the spool stays in memory.
TEST(FullDisk, EndsTheRunWithAnErrorAndLeavesNoPartialFile) {
  const TemporaryFolder folder;
  std::string command = "ulimit -f 8; exec '" ROLLINGDEPTH_PROGRAM "'";
  for (const std::string& word : small_run(with_clip(
           {"--frames", "40", "--no-resume", "--quiet", "--cmap", "", "--no-save-sbs"}))) {
    command += " '" + word + "'";
  }
  Program program(folder.path(), "/bin/sh", {"-c", command});
  EXPECT_EQ(program.wait(), 1);
  EXPECT_THAT(program.err(), HasSubstr("rollingdepth: error: "));
  EXPECT_THAT(program.err(), HasSubstr("output/clip_pred.npy"));
  EXPECT_THAT(files_below(folder / "output"), IsEmpty());
}

}  // namespace
}  // namespace rollingdepth
