// Video files, read back by the ffmpeg programs.
#include <gmock/gmock.h>

#include "error_matchers.hpp"
#include "file_size_limit.hpp"
#include "target_run.hpp"
#include "temporary_folder.hpp"
#include "write/video_file.hpp"

namespace rollingdepth::live {
namespace {

using rollingdepth::testing::decoded;
using rollingdepth::testing::FileSizeLimit;
using rollingdepth::testing::largest_difference;
using rollingdepth::testing::message_of;
using rollingdepth::testing::Pictures;
using rollingdepth::testing::probe;
using rollingdepth::testing::TargetRun;
using rollingdepth::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What ffprobe says of the stream, so many words: of transport streams it says all twice.
std::vector<std::string> facts(const std::filesystem::path& file, const std::string& entries,
                               std::size_t words) {
  std::vector<std::string> said = probe(file, entries);
  said.resize(words);
  return said;
}

class LiveTargetFile : public ::testing::TestWithParam<const char*> {
 protected:
  TemporaryFolder folder_;
};

TEST_P(LiveTargetFile, HoldsEveryPicture) {
  const std::filesystem::path file = folder_ / GetParam();
  TargetRun run(file.string());
  EXPECT_TRUE(run->shows_view());
  run.put(30);
  EXPECT_FALSE(std::filesystem::exists(file));
  run->finish();
  const TargetCounts counts = run->counts();
  EXPECT_EQ(counts.sent, 30);
  EXPECT_EQ(counts.dropped, 0);
  EXPECT_EQ(counts.receivers, 1);
  EXPECT_EQ(run.sent().size(), 30);
  EXPECT_EQ(folder_.names(), std::vector<std::string>{GetParam()});
  const at::Tensor pictures = decoded(file, 54, 96);
  ASSERT_EQ(pictures.size(0), 30);
  for (const std::int64_t number : {0, 1, 29}) {
    EXPECT_LE(largest_difference(pictures[number], run.pictures.view_of(number)), 24) << number;
  }
  EXPECT_THAT(facts(file, "stream=codec_name,pix_fmt,color_range,color_space,has_b_frames", 5),
              ElementsAre("h264", "0", "yuv420p", "tv", "bt709"));
}

TEST_P(LiveTargetFile, HasH265OfTenBits) {
  const std::filesystem::path file = folder_ / GetParam();
  // So narrow that x265 needs care.
  TargetRun run(file.string(), {.depth_bits = 10}, {34, 70});
  run.put(8);
  run->finish();
  EXPECT_THAT(facts(file, "stream=codec_name,pix_fmt", 2), ElementsAre("hevc", "yuv420p10le"));
  const at::Tensor pictures = decoded(file, 70, 34);
  ASSERT_EQ(pictures.size(0), 8);
  EXPECT_LE(largest_difference(pictures[7], run.pictures.view_of(7)), 24);
}

INSTANTIATE_TEST_SUITE_P(, LiveTargetFile, ::testing::Values("a.mp4", "a.mkv", "a.mov", "a.ts"),
                         [](const auto& about) { return std::string(about.param).substr(2); });

TEST(LiveTargetVideo, KeepsTheTimesOfItsPictures) {
  const TemporaryFolder folder;
  TargetRun run(folder / "a.mp4");
  // Some of them dropped, one that comes at the same time as the one before.
  for (const std::int64_t time_us : {7'000'000, 7'040'000, 7'200'000, 7'200'000, 9'000'000}) {
    run->put(run.pictures.at_us(time_us));
  }
  run->finish();
  EXPECT_THAT(probe(folder / "a.mp4", "stream=time_base"), ElementsAre("1/90000"));
  EXPECT_THAT(probe(folder / "a.mp4", "frame=pts"),
              ElementsAre("0", "3600", "18000", "18001", "180000"));
}

// libavformat would put all that follows a tick apart.
TEST(LiveTargetVideo, HoldsSixHoursBetweenTwoPicturesWhereTheContainerHoldsNoMore) {
  const TemporaryFolder folder;
  constexpr std::int64_t kHourUs = 3'600'000'000;
  for (const auto& [name, after_us] :
       {std::pair{"a.mp4", 6 * kHourUs}, {"a.mov", 6 * kHourUs}, {"a.mkv", 7 * kHourUs}}) {
    TargetRun run(folder / name);
    for (const std::int64_t time_us :
         {std::int64_t{0}, 7 * kHourUs, 7 * kHourUs + 40'000, 7 * kHourUs + 80'000}) {
      run->put(run.pictures.at_us(time_us));
    }
    run->finish();
    const std::int64_t second = after_us / 1'000'000;
    const auto at = [&](const std::string& rest) { return std::to_string(second) + rest; };
    EXPECT_THAT(probe(folder / name, "frame=pts_time"),
                ElementsAre("0.000000", at(".000000"), at(".040000"), at(".080000")))
        << name;
    EXPECT_EQ(run.remarked("6 hours"), after_us == 6 * kHourUs ? 1 : 0) << name;
  }
}

TEST(LiveTargetVideo, HasAKeyFrameEverySecondWhateverIsDropped) {
  const TemporaryFolder folder;
  TargetRun run(folder / "a.mp4");
  for (int n = 0; n < 12; ++n) run->put(run.pictures.at_us(300'000 * n));
  run->finish();
  // 0 s, 1.2 s, 2.4 s.
  EXPECT_THAT(probe(folder / "a.mp4", "frame=key_frame"),
              ElementsAre("1", "0", "0", "0", "1", "0", "0", "0", "1", "0", "0", "0"));
}

TEST(LiveTargetVideo, PadsOddSides) {
  const TemporaryFolder folder;
  TargetRun run(folder / "a.mp4", {}, {61, 35});
  run.put(3);
  run->finish();
  const at::Tensor pictures = decoded(folder / "a.mp4", 36, 62);
  ASSERT_EQ(pictures.size(0), 3);
  EXPECT_LE(
      largest_difference(pictures[2].narrow(0, 0, 35).narrow(1, 0, 61), run.pictures.view_of(2)),
      24);
}

TEST(LiveTargetVideo, IsWholeWhereTheRunWasStopped) {
  const TemporaryFolder folder;
  TargetRun run(folder / "a.mp4");
  run.put(5);
  ASSERT_TRUE(rollingdepth::testing::comes_true([&] { return run->counts().sent == 5; }));
  run.stop.raise();
  run->finish();
  EXPECT_EQ(decoded(folder / "a.mp4", 54, 96).size(0), 5);
}

TEST(LiveTargetVideo, LeavesNoFileWithoutPicturesOrWithoutFinish) {
  const TemporaryFolder folder;
  for (const char* name : {"a.mp4", "a.y4m"}) {
    TargetRun(folder / name)->finish();
    EXPECT_THAT(folder.names(), IsEmpty()) << name;
    TargetRun run(folder / name);
    run.put(3);
    run.drop_target();
    EXPECT_THAT(folder.names(), IsEmpty()) << name;
  }
}

TEST(LiveTargetVideo, TellsThatItsFileCannotBeMade) {
  const TemporaryFolder folder;
  for (const char* name : {"none/a.mp4", "none/a.y4m"}) {
    EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { TargetRun run(folder / name); }),
                AllOf(HasSubstr(name), HasSubstr("No such file")));
  }
}

TEST(LiveTargetVideo, TellsOfAFullDiskAndLeavesNothing) {
  for (const char* name : {"a.mp4", "a.ts", "a.y4m"}) {
    const TemporaryFolder folder;
    const std::string message = message_of(ErrorKind::kOutput, [&] {
      const FileSizeLimit limit(20'000);
      TargetRun run(folder / name, {}, {320, 180});
      run.put(200);
      run->finish();
    });
    EXPECT_THAT(message, AllOf(HasSubstr(name), HasSubstr("File too large")));
    EXPECT_THAT(folder.names(), IsEmpty()) << name;
  }
}

TEST(LiveTargetVideo, ReplacesAnOlderFileAtTheEnd) {
  const TemporaryFolder folder;
  TargetRun first(folder / "a.mp4");
  first.put(2);
  first->finish();
  TargetRun second(folder / "a.mp4");
  second.put(4);
  EXPECT_EQ(decoded(folder / "a.mp4", 54, 96).size(0), 2);
  second->finish();
  EXPECT_EQ(decoded(folder / "a.mp4", 54, 96).size(0), 4);
}

}  // namespace
}  // namespace rollingdepth::live
