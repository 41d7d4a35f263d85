// The input's sound in the videos, as a user meets it.
#include <gmock/gmock.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <regex>

#include "app/program.hpp"
#include "parity.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::ProgramResult;
using testing::run_program;
using testing::small_run;
using testing::TemporaryFolder;
using testing::text_of;

// Two seconds of pictures at 25 a second, a tone in English and one in German.
fs::path make_clip(const TemporaryFolder& folder) {
  const fs::path clip = folder / "clip.mkv";
  const std::string make =
      "'" ROLLINGDEPTH_FFMPEG
      "' -v error -f lavfi -i testsrc2=s=64x48:r=25:d=2 -f lavfi -i sine=d=2 -f lavfi -i sine=d=2 "
      "-map 0 -map 1 -map 2 -c:v libx264 -bf 2 -c:a:0 ac3 -c:a:1 pcm_s16le "
      "-metadata:s:a:0 language=eng -metadata:s:a:1 language=deu -metadata title=Harbour '" +
      clip.string() + "'";
  EXPECT_EQ(std::system(make.c_str()), 0);
  return clip;
}

std::string output_of(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::string output;
  std::array<char, 4096> buffer{};
  while (pipe != nullptr && std::fgets(buffer.data(), buffer.size(), pipe) != nullptr) {
    output += buffer.data();
  }
  EXPECT_TRUE(pipe != nullptr && ::pclose(pipe) == 0) << command;
  return output;
}

std::string sound_in(const fs::path& file) {
  const std::string told = output_of(
      "ffprobe -v error -select_streams a -show_entries "
      "stream=codec_name:stream_tags=language -of csv=p=0 '" +
      file.string() + "'");
  // A column stays empty for side data, which AC-3 has.
  return std::regex_replace(told, std::regex(",\n"), "\n");
}

TEST(SoundOutputs, EveryMp4HasAllTracksAndTheReportListsThem) {
  const TemporaryFolder folder;
  const ProgramResult result = run_program(
      folder.path(), small_run({"-i", make_clip(folder).string(), "--from", "20", "--cmap",
                                "Greys_r", "--depth-video", "h265", "--no-save-npy"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  for (const char* name : {"clip_Greys_r.mp4", "clip_rgbd.mp4", "clip_depth.mp4"}) {
    EXPECT_EQ(sound_in(folder / "output" / name), "ac3,eng\naac,deu\n") << name;
  }
  EXPECT_THAT(output_of("ffprobe -v error -show_entries format_tags=title -of csv=p=0 '" +
                        (folder / "output/clip_rgbd.mp4").string() + "'"),
              HasSubstr("Harbour"));
  const auto report = nlohmann::json::parse(text_of(folder / "output/clip_report.json"));
  ASSERT_EQ(report["sound"].size(), 2U);
  EXPECT_EQ(report["sound"][0]["written"], "copied");
  EXPECT_EQ(report["sound"][1]["written"], "AAC");
  EXPECT_EQ(report["sound"][1]["language"], "deu");
  EXPECT_THAT(report["warnings"], IsEmpty());
}

TEST(SoundOutputs, AreOthersWithoutSound) {
  const TemporaryFolder folder;
  const std::string clip = make_clip(folder).string();
  const auto run = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"-i", clip, "--cmap", "Greys_r", "--no-save-sbs"});
    return run_program(folder.path(), small_run(more));
  };
  ProgramResult result = run({"--no-audio"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(sound_in(folder / "output/clip_Greys_r.mp4"), "");
  EXPECT_THAT(run({"--no-audio"}).err, HasSubstr("skipped"));
  EXPECT_THAT(run({}).err, HasSubstr("--audio true, before false"));
  // The report says so of nothing that has no sound.
  result = run_program(folder.path(), small_run({"-i", clip, "--cmap", "", "--no-save-sbs"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;

  result = run({"--fps", "10", "--overwrite"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("its sound is left out: --fps changes the times of frames"));
  EXPECT_EQ(sound_in(folder / "output/clip_Greys_r.mp4"), "");
}

TEST(SoundOutputs, ADryRunSaysWhatBecomesOfTheSound) {
  const TemporaryFolder folder;
  const std::string clip = make_clip(folder).string();
  const auto said = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"-i", clip, "--dry-run"});
    return run_program(folder.path(), small_run(more)).out;
  };
  EXPECT_THAT(said({}), HasSubstr("  sound     ac3 (eng) copied, pcm_s16le (deu) to AAC\n"));
  EXPECT_THAT(said({"--no-audio"}), HasSubstr("  sound     left out: --no-audio\n"));
  EXPECT_THAT(said({"--fps", "10"}), HasSubstr("  sound     left out: --fps"));
  EXPECT_THAT(said({"--cmap", "", "--no-save-sbs"}), Not(HasSubstr("sound")));
}

}  // namespace
}  // namespace rollingdepth
