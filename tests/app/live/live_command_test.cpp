// `rollingdepth live` as a user meets it: files and pipes; streams have their tests in tests/live.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "app/program.hpp"
#include "app/refusal.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using testing::case_clip;
using testing::expect_refused;
using testing::files_below;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::Program;
using testing::ProgramResult;
using testing::run_program;
using testing::TemporaryFolder;
using testing::text_of;
using Words = std::vector<std::string>;

constexpr std::int64_t kFrames = 6;

Words live(Words words) {
  Words all = {"live", "--device", "cpu", "--dtype", "fp32", "--threads", "1", "--res", "0"};
  all.insert(all.end(), words.begin(), words.end());
  return all;
}

// A few frames of a recorded clip, 64 x 48.
Words few_frames(Words words) {
  Words all = {"-i", case_clip("fast"), "--frames", std::to_string(kFrames)};
  all.insert(all.end(), words.begin(), words.end());
  return live(all);
}

// Runs lines of bash in `folder`, where rd is the program and ffm FFmpeg. @return its exit code.
int shell(const TemporaryFolder& folder, const std::string& lines) {
  std::ofstream(folder / ".script")
      << "cd '" << folder.path().string() << "'\n"
      << "export ROLLINGDEPTH_MODELS='" << (testing::data_file("models") / "a").string() << "'\n"
      << "CLIP='" << case_clip("fast") << "'\n"
      << "rd() { '" << ROLLINGDEPTH_PROGRAM
      << "' live --device cpu --dtype fp32 --threads 1 --res 0 "
         "\"$@\"; }\n"
      << "ffm() { '" << ROLLINGDEPTH_FFMPEG << "' -nostdin -loglevel error \"$@\"; }\n"
      << lines << '\n';
  const int status = std::system(("bash '" + (folder / ".script").string() + "'").c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

std::vector<nlohmann::json> records_of(const std::string& text) {
  std::vector<nlohmann::json> records;
  for (const std::string& line : testing::lines_of(text)) {
    records.push_back(nlohmann::json::parse(line));
  }
  return records;
}

TEST(LiveCommand, MakesVideoAndGreyPicturesOfEveryFrame) {
  const TemporaryFolder folder;
  const ProgramResult result =
      run_program(folder.path(), few_frames({"-o", "depth.mp4", "depth.y4m"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("6 shown, 0 dropped"));
  EXPECT_THAT(files_below(folder.path()), ::testing::IsSupersetOf({"depth.mp4", "depth.y4m"}));
  const std::string y4m = text_of(folder / "depth.y4m");
  EXPECT_EQ(y4m.substr(0, 9), "YUV4MPEG2");
  constexpr std::size_t kFrameBytes = 6 + 64 * 48 * 2;  // "FRAME\n" and 16 bits a pixel.
  EXPECT_EQ(y4m.size(), y4m.find('\n') + 1 + kFrames * kFrameBytes);
}

TEST(LiveCommand, TellsRangesAndTimes) {
  const TemporaryFolder folder;
  const ProgramResult result =
      run_program(folder.path(), few_frames({"--stats", "-", "--scenes", "none"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("no target"));
  const auto records = records_of(result.out);
  std::int64_t frames = 0;
  for (const auto& record : records) {
    if (record["event"] != "frame") continue;
    EXPECT_EQ(record["frame"], frames++);
    EXPECT_LE(record["min"], record["far"]);
    EXPECT_LT(record["far"], record["near"]);
    EXPECT_FALSE(record["cut"].get<bool>());
  }
  EXPECT_EQ(frames, kFrames);
  EXPECT_EQ(records.back()["event"], "end");
  EXPECT_EQ(records.back()["frames_out"], kFrames);
  EXPECT_EQ(records.back()["dropped"], 0);
}

TEST(LiveCommand, StandsInAPipe) {
  const TemporaryFolder folder;
  EXPECT_EQ(shell(folder,
                  "set -o pipefail; ffm -i $CLIP -frames:v 5 -f yuv4mpegpipe - | rd -i - -o - "
                  "2>err | ffm -i - -f framecrc -strict -1 out.crc"),
            0)
      << text_of(folder / "err");
  const std::string list = text_of(folder / "out.crc");
  EXPECT_EQ(testing::lines_of(list).back().substr(0, 2), "0,");
  EXPECT_THAT(list, HasSubstr(" 6144, "));  // 64 x 48 pixels of 16 bits.
}

TEST(LiveCommand, TakesAndGivesBarePixels) {
  const TemporaryFolder folder;
  EXPECT_EQ(shell(folder,
                  "set -o pipefail; ffm -i $CLIP -frames:v 4 -f rawvideo -pix_fmt rgb24 - | rd -i "
                  "- --input-format rawvideo --input-size 64x48 -o - --output-format rawvideo "
                  "--output-pix-fmt grayf32le > depth.raw 2>err"),
            0)
      << text_of(folder / "err");
  EXPECT_EQ(fs::file_size(folder / "depth.raw"), 4U * 64 * 48 * 4);
}

// Ctrl-C is the normal end, and the file is whole.
TEST(LiveCommand, FinishesFilesAtCtrlC) {
  const TemporaryFolder folder;
  Program program(folder.path(), live({"-i", case_clip("fast"), "--loop", "--stats", "stats.ndjson",
                                       "-o", "depth.mp4"}));
  ASSERT_TRUE(program.wait_until(
      [&] { return text_of(folder / "stats.ndjson").find("\"frame\":20,") != std::string::npos; }));
  program.send(SIGINT);
  EXPECT_EQ(program.wait(), 0) << program.err();
  EXPECT_EQ(shell(folder, "ffm -xerror -i depth.mp4 -f null -"), 0);
}

// A shell that ends sends SIGHUP, and the kernel another one.
TEST(LiveCommand, TakesWhatFollowsAtOnceForTheSameSignal) {
  const TemporaryFolder folder;
  Program program(folder.path(), live({"-i", case_clip("fast"), "--loop", "--stats", "stats.ndjson",
                                       "-o", "depth.mp4"}));
  ASSERT_TRUE(program.wait_until(
      [&] { return text_of(folder / "stats.ndjson").find("\"frame\":20,") != std::string::npos; }));
  // Each of them within a second of the first, however slow this process is.
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(500)) {
    program.send(SIGHUP);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(program.wait(), 0) << program.err();
  EXPECT_EQ(shell(folder, "ffm -xerror -i depth.mp4 -f null -"), 0);
}

// The one that came first goes on.
TEST(LiveCommand, DoesNotWriteAFileThatAnotherProcessWrites) {
  const TemporaryFolder folder;
  for (const std::string name : {"depth.mp4", "depth.y4m"}) {
    const std::string stats = name + ".ndjson";
    Program first(folder.path(),
                  live({"-i", case_clip("fast"), "--loop", "--stats", stats, "-o", name}));
    ASSERT_TRUE(first.wait_until(
        [&] { return text_of(folder / stats).find("\"frame\":20,") != std::string::npos; }));
    Program second(folder.path(), live({"-i", case_clip("fast"), "-o", name}));
    EXPECT_EQ(second.wait(), 1);
    EXPECT_THAT(second.err(),
                HasSubstr("cannot write " + name + ": another process is writing it"));
    first.send(SIGINT);
    EXPECT_EQ(first.wait(), 0) << first.err();
    EXPECT_EQ(shell(folder, "ffm -xerror -i " + name + " -f null -"), 0);
  }
}

// What a camera has shown does not come again.
TEST(LiveCommand, FinishesItsFileWhereTheDiskGetsFull) {
  const TemporaryFolder folder;
  if (shell(folder, "unshare -rm mount -t tmpfs none . 2>mount.err") != 0) {
    GTEST_SKIP() << "no file system can be mounted here: " << text_of(folder / "mount.err");
  }
  for (const std::string name : {"a.mp4", "a.mkv", "a.y4m"}) {
    std::ofstream(folder / "disk.sh")
        << "mkdir -p disk; mount -t tmpfs -o size=48m none disk || exit 90\n"
        << "rd -i $CLIP --loop --stats stats -o disk/" << name << " 2>err & run=$!\n"
        << "until grep -q '\"frame\":20,' stats 2>/dev/null || ! kill -0 $run; do sleep 0.05; "
           "done\n"
        << "head -c 43000000 /dev/zero > disk/filler\n"
        << "wait $run; echo $? > code; rm disk/filler stats\n"
        << "ffm -xerror -i disk/" << name << " -f null -\n";
    EXPECT_EQ(shell(folder, "export CLIP; export -f rd ffm; unshare -rm bash disk.sh"), 0)
        << name << ": " << text_of(folder / "err");
    EXPECT_EQ(text_of(folder / "code"), "1\n");
    EXPECT_THAT(text_of(folder / "err"), HasSubstr("disk/" + name + " ends here and is whole"));
  }
}

TEST(LiveCommand, EndsWithTheReaderOfItsPipe) {
  const TemporaryFolder folder;
  EXPECT_EQ(shell(folder,
                  "rd -i $CLIP --loop -o - 2>err | head -c 1000 > part; "
                  "exit ${PIPESTATUS[0]}"),
            1);
  EXPECT_THAT(text_of(folder / "err"), HasSubstr("the reader of standard output has gone"));
  EXPECT_EQ(shell(folder,
                  "rd -i $CLIP --loop -o - depth.mp4 2>err | head -c 100000 > part; "
                  "exit ${PIPESTATUS[0]}"),
            0)
      << text_of(folder / "err");
  EXPECT_EQ(shell(folder, "ffm -xerror -i depth.mp4 -f null -"), 0);
}

// Statistics on standard output are as pictures there.
TEST(LiveCommand, EndsWithTheReaderOfItsStatistics) {
  const TemporaryFolder folder;
  EXPECT_EQ(shell(folder, "rd -i $CLIP --loop --stats - 2>err | head -1; exit ${PIPESTATUS[0]}"),
            1);
  EXPECT_THAT(text_of(folder / "err"), HasSubstr("the reader of standard output has gone"));
  EXPECT_EQ(shell(folder,
                  "rd -i $CLIP --loop --stats - -o depth.mp4 2>err | head -20 >part; "
                  "exit ${PIPESTATUS[0]}"),
            0)
      << text_of(folder / "err");
  EXPECT_EQ(shell(folder, "ffm -xerror -i depth.mp4 -f null -"), 0);
}

// Nor does it wait for somebody who reads statistics and stalls.
TEST(LiveCommand, DelaysNothingForAReaderOfStatisticsThatStalls) {
  const TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "stats").c_str(), 0600), 0);
  const int reader = open((folder / "stats").c_str(), O_RDWR);
  ASSERT_GT(fcntl(reader, F_SETPIPE_SZ, 4096), 0);
  Program program(folder.path(),
                  live({"-i", case_clip("fast"), "--loop", "--stats", "stats", "-o", "depth.y4m"}));
  constexpr std::uintmax_t kEnough = 100, kFrameBytes = 6 + 64 * 48 * 2;
  ASSERT_TRUE(program.wait_until([&] {
    std::error_code ignored;
    const std::uintmax_t bytes = fs::file_size(folder / "depth.y4m.partial", ignored);
    return !ignored && bytes > kEnough * kFrameBytes;
  })) << program.err();
  program.send(SIGINT);
  EXPECT_EQ(program.wait(), 0) << program.err();
  EXPECT_THAT(program.err(), HasSubstr("lines of statistics are lost"));
  EXPECT_TRUE(fs::exists(folder / "depth.y4m"));
  close(reader);
}

// The first frame takes long: there is no picture for the files, and so no file.
TEST(LiveCommand, LeavesNothingAtCtrlCInTheFirstFrame) {
  const TemporaryFolder folder;
  Program program(folder.path(), {"live", "--device", "cpu", "--threads", "1", "--res", "2048",
                                  "-i", case_clip("fast"), "--frames", "1", "-o", "depth.mp4"});
  ASSERT_TRUE(program.signal_when_said("2048", SIGINT, std::chrono::seconds(300)));
  EXPECT_EQ(program.wait(), 0) << program.err();
  EXPECT_THAT(files_below(folder.path()), Not(::testing::Contains(HasSubstr("partial"))));
}

// What waits for a source that gives nothing ends as soon.
TEST(LiveCommand, EndsAtCtrlCWhereNothingCame) {
  const TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  const int writer = open((folder / "pipe").c_str(), O_RDWR);  // Open, and silent.
  Program program(folder.path(), live({"-i", "pipe", "-o", "depth.mp4", "--verbose"}));
  ASSERT_TRUE(program.wait_until(
      [&] { return program.err().find("random weights") != std::string::npos; }));
  program.send(SIGINT);
  EXPECT_EQ(program.wait(), 0) << program.err();
  EXPECT_THAT(program.err(), HasSubstr("interrupted before the first frame came"));
  EXPECT_THAT(files_below(folder.path()), Not(::testing::Contains(HasSubstr("depth.mp4"))));
  close(writer);
}

TEST(LiveCommand, KeepsFilesUnlessToldToReplaceThem) {
  const TemporaryFolder folder;
  std::ofstream(folder / "depth.mp4") << "mine";
  const ProgramResult refused = run_program(folder.path(), few_frames({"-o", "depth.mp4"}));
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("depth.mp4 exists (--overwrite replaces it)"));
  EXPECT_EQ(text_of(folder / "depth.mp4"), "mine");
  EXPECT_EQ(run_program(folder.path(), few_frames({"-o", "depth.mp4", "--overwrite"})).exit_code,
            0);
}

TEST(LiveCommand, KeepsFilesBelowDevToo) {
  if (access("/dev/shm", W_OK) != 0) GTEST_SKIP() << "there is no /dev/shm";
  const TemporaryFolder folder;
  const std::string file = "/dev/shm/rollingdepth-" + std::to_string(getpid()) + ".mp4";
  std::ofstream(file) << "mine";
  EXPECT_EQ(run_program(folder.path(), few_frames({"-o", file})).exit_code, 1);
  EXPECT_EQ(text_of(file), "mine");
  fs::remove(file);
}

TEST(LiveCommand, TakesNoFileForStatisticsThatHoldsSomethingElse) {
  const TemporaryFolder folder;
  fs::copy_file(case_clip("fast"), folder / "clip.mkv");
  const std::string before = text_of(folder / "clip.mkv");
  const ProgramResult result =
      run_program(folder.path(), live({"-i", "clip.mkv", "--frames", "1", "--stats", "clip.mkv"}));
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("--stats: clip.mkv is there"));
  EXPECT_EQ(text_of(folder / "clip.mkv"), before);
}

TEST(LiveCommand, RefusesInOneLine) {
  const auto refused = [&](const Words& words, int code, const std::string& why) {
    const TemporaryFolder folder;
    expect_refused(folder, "live",
                   {.name = why, .arguments = words, .exit_code = code, .said = why});
  };
  refused({}, 2, "no source");
  refused({"clip.mp4"}, 2, "a source needs -i");
  refused({"-i", "missing.mp4"}, 1, "missing.mp4: no such file");
  refused({"-i", case_clip("fast"), "-o", "x.avi"}, 2, "x.avi");
  refused({"-i", case_clip("fast"), "-o", "gopher://host/x"}, 2, "gopher");
  refused({"-i", case_clip("fast"), "-o", "-", "-"}, 2, "standard output can be one target");
  refused({"-i", case_clip("fast"), "-o", "-", "--stats", "-"}, 2, "--stats -");
  refused({"-i", case_clip("fast"), "--view", "left"}, 2, "--view");
  refused({"-i", case_clip("fast"), "--smooth", "1"}, 2, "--smooth");
  refused({"-i", case_clip("fast"), "--adapt", "0"}, 2, "--adapt");
  refused({"-i", case_clip("fast"), "--cmap", "Spectal"}, 2, "Spectral");
  refused({"-i", "-", "--input-size", "64x48"}, 2, "--input-format rawvideo");
  refused({"-i", "-", "--input-format", "rawvideo"}, 2, "--input-size");
  refused({"-i", "-", "--loop"}, 2, "--loop");
  refused({"-i", case_clip("fast"), "-o", "a.mp4", "--output-depth", "16"}, 2, "16 bits");
  refused({"-i", case_clip("fast"), "-o", "none/a.mp4"}, 1, "none");
  refused({"-i", case_clip("fast"), "-o", ""}, 2, "has no name");
  refused({"-i", case_clip("fast"), "-o", "a.mp4", "./a.mp4"}, 2, "are the same file");
  refused({"-i", case_clip("fast"), "-o", "a.y4m", "--stats", "./a.y4m"}, 2, "the same file");
  refused({"-i", case_clip("fast"), "-o", "a.y4m", "--output-pix-fmt", "gray"}, 2, "need -o -");
  refused({"-i", case_clip("fast"), "--output-format", "rawvideo"}, 2, "need -o -");
  refused({"-i", case_clip("fast"), "-o", "-", "--output-pix-fmt", "gray"}, 2, "rawvideo");
  refused({"-i", "missing.mp4", "--stats", "stats"}, 1, "missing.mp4: no such file");
}

}  // namespace
}  // namespace rollingdepth
