// Reading from the middle of a video: the frames are those that reading from the start gives.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/prefetched_source.hpp"
#include "clip_maker.hpp"
#include "decode/reduced_clip.hpp"
#include "decode/video_reader.hpp"
#include "decoded_clip.hpp"
#include "method/clip_frames.hpp"
#include "rollingdepth/method.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::read_bytes;
using testing::run_ffmpeg;
using testing::TemporaryFolder;
using testing::write_bytes;

constexpr const char* kSource = "-f lavfi -i testsrc2=s=96x64:r=25 -frames:v 120 ";
// A key frame every 20 frames, and B pictures that are shown before some of them.
constexpr const char* kOpenGop =
    "-c:v libx264 -pix_fmt yuv420p -threads 1 -bf 3 -g 20 "
    "-x264-params open-gop=1:b-pyramid=2:scenecut=0 ";
constexpr const char* kClosedGop =
    "-c:v libx264 -pix_fmt yuv420p -threads 1 -bf 2 -g 20 -x264-params scenecut=0 ";

std::vector<Frame> rest_of(FrameSource& source) {
  std::vector<Frame> frames;
  while (std::optional<Frame> frame = source.next()) frames.push_back(*std::move(frame));
  return frames;
}

std::vector<Frame> all_of(const fs::path& file) { return rest_of(*open_video(file)); }

// That `source` gives the frames of `all` from `first` on, to the last byte.
void expect_rest(FrameSource& source, const std::vector<Frame>& all, std::size_t first,
                 const std::string& name) {
  const std::vector<Frame> rest = rest_of(source);
  ASSERT_EQ(rest.size(), all.size() - first) << name << " from " << first;
  for (std::size_t i = 0; i < rest.size(); ++i) {
    EXPECT_EQ(rest[i].pts, all[first + i].pts) << name << " from " << first << ", frame " << i;
    EXPECT_TRUE(rest[i].rgb.equal(all[first + i].rgb))
        << name << " from " << first << ", frame " << first + i;
  }
}

// Frames at, before and behind key frames, and the last one.
void expect_seeks(const fs::path& file) {
  const std::string name = file.filename().string();
  const auto from_start = open_video(file);
  const std::vector<Frame> all = rest_of(*from_start);
  ASSERT_GT(all.size(), 90U) << name;
  for (const std::size_t first : {41UL, 59UL, 60UL, 61UL, 77UL, all.size() - 1}) {
    const auto source = open_video(file);
    EXPECT_TRUE(source->seek(*all[first].pts)) << name << " to " << first;
    expect_rest(*source, all, first, name);
    EXPECT_EQ(source->warnings(), from_start->warnings()) << name;
  }
}

// That `source`, of which nothing was read, refuses and gives its first frame.
void expect_refusal(FrameSource& source, std::int64_t pts, const std::vector<Frame>& all,
                    const std::string& name) {
  EXPECT_FALSE(source.seek(pts)) << name;
  expect_rest(source, all, 0, name);
}

TEST(VideoSeek, GivesTheSameFramesInEveryCodec) {
  const TemporaryFolder folder;
  const std::vector<std::pair<std::string, std::string>> clips = {
      {"closed.mp4", kClosedGop},
      {"open.mp4", kOpenGop},
      {"open.mkv", kOpenGop},
      {"mpeg4.mp4", "-c:v mpeg4 -bf 2 -g 20"},
      {"mpeg2.mkv", "-c:v mpeg2video -bf 2 -g 20"},
      {"vp8.webm", "-c:v libvpx -deadline realtime -cpu-used 8 -g 20"},
      // With pictures that are not shown.
      {"vp9.webm", "-c:v libvpx-vp9 -cpu-used 5 -auto-alt-ref 1 -lag-in-frames 16 -g 20"},
      {"ffv1.mkv", "-c:v ffv1 -g 20"},
      {"prores.mov", "-c:v prores"}};
  for (const auto& [name, coding] : clips) {
    run_ffmpeg(kSource + coding, folder / name);
    expect_seeks(folder / name);
  }
}

TEST(VideoSeek, GivesTheSameFramesOfHevc) {
  const TemporaryFolder folder;
  for (const char* open : {"0", "1"}) {
    const fs::path file = folder / "hevc.mp4";
    try {
      run_ffmpeg(std::string(kSource) + "-c:v libx265 -x265-params log-level=none:keyint=20:" +
                     "min-keyint=20:scenecut=0:bframes=3:open-gop=" + open,
                 file);
    } catch (const std::exception&) {
      GTEST_SKIP() << "this FFmpeg cannot write HEVC";
    }
    expect_seeks(file);
  }
}

TEST(VideoSeek, KnowsTimesThatStartLateOrVary) {
  const TemporaryFolder folder;
  for (const char* name : {"late.mp4", "late.mkv"}) {
    run_ffmpeg(std::string(kSource) + kOpenGop + "-output_ts_offset 7.3", folder / name);
    EXPECT_GT(*all_of(folder / name).front().pts, 0);
    expect_seeks(folder / name);
  }
  for (const char* name : {"varies.mp4", "varies.mkv"}) {
    run_ffmpeg(std::string(kSource) + "-vf \"settb=1/1000,setpts='(N*40+mod(N*N,7)*5)/TB/1000'\" " +
                   "-vsync vfr -enc_time_base 1/1000 " + kOpenGop,
               folder / name);
    EXPECT_TRUE(open_video(folder / name)->info().variable_frame_rate) << name;
    expect_seeks(folder / name);
  }
}

// A cut that copies begins within a group of pictures: an edit list hides those before it.
TEST(VideoSeek, LeavesOutWhatAnEditListHides) {
  const TemporaryFolder folder;
  const fs::path whole = folder / "whole.mp4", cut = folder / "cut.mp4";
  run_ffmpeg(std::string(kSource) + kClosedGop, whole);
  run_ffmpeg("-ss 0.52 -i \"" + whole.string() + "\" -c copy", cut);
  const std::vector<Frame> all = all_of(cut);
  ASSERT_EQ(all.size(), 107U);
  EXPECT_TRUE(all.front().rgb.equal(all_of(whole)[13].rgb));
  expect_seeks(cut);
}

// Pictures are damaged that a reader meets only where it reads all.
TEST(VideoSeek, SkipsWhatLiesBefore) {
  const TemporaryFolder folder;
  const fs::path file = folder / "damaged.mp4";
  run_ffmpeg(std::string(kSource) + kClosedGop, file);
  const std::vector<Frame> whole = all_of(file);
  std::vector<char> bytes = read_bytes(file);
  const auto size = static_cast<std::ptrdiff_t>(bytes.size());
  std::fill(bytes.begin() + size * 30 / 100, bytes.begin() + size * 40 / 100, '\0');
  write_bytes(file, bytes);
  const auto from_start = open_video(file);
  rest_of(*from_start);
  ASSERT_THAT(from_start->warnings(), Contains(HasSubstr("damaged")));

  const auto source = open_video(file);
  EXPECT_TRUE(source->next());
  EXPECT_TRUE(source->seek(*whole[100].pts));
  expect_rest(*source, whole, 100, "damaged");
  EXPECT_THAT(source->warnings(), IsEmpty());
}

// What is made of damaged pictures depends on those before, and on what libav's threads do at the
// same time: with one it is the same when they are read again.
TEST(VideoSeek, RefusesWhereWhatItDecodesIsDamaged) {
  const TemporaryFolder folder;
  const fs::path file = folder / "damaged.mp4";
  run_ffmpeg(std::string(kSource) + kClosedGop, file);
  std::vector<char> bytes = read_bytes(file);
  const auto size = static_cast<std::ptrdiff_t>(bytes.size());
  std::fill(bytes.begin() + size * 50 / 100, bytes.begin() + size * 55 / 100, '\0');
  write_bytes(file, bytes);
  const std::vector<Frame> all = rest_of(*open_video(file, {.threads = 1}));
  const auto at = std::find_if(all.begin(), all.end(),
                               [&](const Frame& frame) { return *frame.pts >= 78 * 512; });
  ASSERT_NE(at, all.end());
  const auto source = open_video(file, {.threads = 1});
  EXPECT_FALSE(source->seek(*at->pts));
  const std::vector<Frame> again = rest_of(*source);
  ASSERT_EQ(again.size(), all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(again[i].pts, all[i].pts) << "frame " << i;
    EXPECT_TRUE(again[i].rgb.equal(all[i].rgb)) << "frame " << i;
  }
}

// Of a file that is cut short, the count of packets goes on where the reader jumped to.
TEST(VideoSeek, TellsOfAnEarlyEndAsReadingAllDoes) {
  const TemporaryFolder folder;
  const fs::path file = folder / "cut.mp4";
  run_ffmpeg(std::string(kSource) + kClosedGop + "-movflags +faststart", file);
  std::vector<char> bytes = read_bytes(file);
  bytes.resize(bytes.size() * 8 / 10);
  write_bytes(file, bytes);
  const auto from_start = open_video(file);
  const std::vector<Frame> all = rest_of(*from_start);
  EXPECT_THAT(from_start->warnings(), Contains(HasSubstr("of 120 packets could be read")));
  const auto source = open_video(file);
  EXPECT_TRUE(source->seek(*all[70].pts));
  expect_rest(*source, all, 70, "cut");
  EXPECT_EQ(source->warnings(), from_start->warnings());
}

TEST(VideoSeek, RefusesWhatHasNoIndexOrKeepsMoreThanAKeyFrameHolds) {
  const TemporaryFolder folder;
  for (const char* name : {"a.ts", "b.mpg", "c.avi", "d.gif", "e.h264", "f.nut", "png.mkv"}) {
    const bool png = std::string_view(name).starts_with("png");
    run_ffmpeg(std::string(kSource) + (png ? "-c:v png" : "-g 20"), folder / name);
    const std::vector<Frame> all = all_of(folder / name);
    ASSERT_GE(all.size(), 119U) << name;
    expect_refusal(*open_video(folder / name), all[100].pts.value_or(100), all, name);
  }
}

TEST(VideoSeek, RefusesWhereItDeinterlaces) {
  const TemporaryFolder folder;
  run_ffmpeg(std::string(kSource) + kClosedGop, folder / "clip.mp4");
  const std::vector<Frame> all = all_of(folder / "clip.mp4");
  const auto source = open_video(folder / "clip.mp4", {.deinterlaces = true});
  expect_refusal(*source, *all[100].pts, all, "deinterlaced");
}

// Without a list of key frames all pictures of an MP4 are to be some.
TEST(VideoSeek, RefusesKeyFramesThatAreNone) {
  const TemporaryFolder folder;
  for (const char* coding : {kClosedGop, "-c:v mpeg4 -g 20"}) {
    const fs::path file = folder / "keys.mp4";
    run_ffmpeg(std::string(kSource) + coding, file);
    std::vector<char> bytes = read_bytes(file);
    constexpr std::string_view kList = "stss", kNothing = "free";
    const auto list = std::search(bytes.begin(), bytes.end(), kList.begin(), kList.end());
    ASSERT_NE(list, bytes.end());
    std::copy(kNothing.begin(), kNothing.end(), list);
    write_bytes(file, bytes);
    const std::vector<Frame> all = all_of(file);
    expect_refusal(*open_video(file), *all[110].pts, all, coding);
  }
}

TEST(VideoSeek, RefusesTimesThatNoFrameHas) {
  const TemporaryFolder folder;
  const fs::path file = folder / "clip.mp4";
  run_ffmpeg(std::string(kSource) + kOpenGop, file);
  const std::vector<Frame> all = all_of(file);
  const std::int64_t step = *all[1].pts - *all[0].pts;
  for (const std::int64_t pts :
       {*all[119].pts + step, *all[119].pts + 100 * step, *all[100].pts + 1, *all[0].pts - step}) {
    expect_refusal(*open_video(file), pts, all, std::to_string(pts));
  }
}

// Reading on is as fast where the key frame to begin at lies behind.
TEST(VideoSeek, LeavesAReaderWhereItIsThatIsNear) {
  const TemporaryFolder folder;
  const fs::path file = folder / "clip.mp4";
  run_ffmpeg(std::string(kSource) + kOpenGop, file);
  const std::vector<Frame> all = all_of(file);
  const auto source = open_video(file);
  for (int i = 0; i < 45; ++i) source->next();
  EXPECT_FALSE(source->seek(*all[65].pts));
  EXPECT_FALSE(source->seek(*all[20].pts));
  EXPECT_EQ(source->next()->pts, all[45].pts);
  EXPECT_TRUE(source->seek(*all[105].pts));
  expect_rest(*source, all, 105, "near");
}

TEST(VideoSeek, BeginsAgainAfterARewind) {
  const TemporaryFolder folder;
  const fs::path file = folder / "clip.mp4";
  run_ffmpeg(std::string(kSource) + kOpenGop, file);
  const std::vector<Frame> all = all_of(file);
  const auto source = open_video(file);
  EXPECT_TRUE(source->seek(*all[105].pts));
  rest_of(*source);
  EXPECT_TRUE(source->rewind());
  expect_rest(*source, all, 0, "rewound");
}

TEST(VideoSeek, IsHandedOnByAReducedClipThatDropsNoFrame) {
  const TemporaryFolder folder;
  const fs::path file = folder / "clip.mp4";
  run_ffmpeg(std::string(kSource) + kOpenGop, file);
  const auto smaller = [&] {
    return reduced_clip(open_video(file), {.target_rate = {}, .max_res_px = 48});
  };
  const std::vector<Frame> all = rest_of(*smaller());
  const auto source = smaller();
  EXPECT_TRUE(source->seek(*all[105].pts));
  expect_rest(*source, all, 105, "smaller");

  const auto slower = [&] {
    return reduced_clip(open_video(file), {.target_rate = Rational{25, 3}});
  };
  const std::vector<Frame> third = rest_of(*slower());
  const auto thinned = slower();
  expect_refusal(*thinned, *third[35].pts, third, "slower");
  EXPECT_TRUE(thinned->rewind());
  expect_rest(*thinned, third, 0, "slower again");
}

// As a run reads a clip: ahead, some frames, and after another run that has noted all times.
TEST(ClipFramesOfAVideo, AreTheSameFromAnyFrameOn) {
  const TemporaryFolder folder;
  for (const char* name : {"indexed.mp4", "indexed.mkv", "plain.ts"}) {
    const fs::path file = folder / name;
    run_ffmpeg(std::string(kSource) + kOpenGop, file);
    const std::vector<Frame> all = all_of(file);
    for (const std::int64_t start : {0, 9}) {
      const TemporaryFolder job;
      Spool spool({.folder = job.path(), .job = 7});
      const ClipOptions options{.start_frame = start};
      {
        const auto source = open_video(file);
        ClipFrames frames(*source, options, spool);
        frames.read(static_cast<std::int64_t>(all.size()) + 1);
        ASSERT_EQ(frames.count(), static_cast<std::int64_t>(all.size()) - start) << name;
      }
      const auto source = open_video(file);
      PrefetchedSource ahead(*source, 4);
      ClipFrames frames(ahead, options, spool);
      for (const std::size_t first : {0UL, 20UL, 100UL}) {
        frames.go_to(static_cast<std::int64_t>(first));
        const std::vector<Frame> read = frames.read(5);
        ASSERT_EQ(read.size(), 5U) << name;
        for (std::size_t i = 0; i < read.size(); ++i) {
          const Frame& expected = all[static_cast<std::size_t>(start) + first + i];
          EXPECT_EQ(read[i].pts, expected.pts) << name << " frame " << first + i;
          EXPECT_TRUE(read[i].rgb.equal(expected.rgb)) << name << " frame " << first + i;
        }
      }
    }
  }
}

}  // namespace
}  // namespace rollingdepth
