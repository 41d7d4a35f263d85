#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <fstream>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "error_matchers.hpp"
#include "file_size_limit.hpp"
#include "temporary_folder.hpp"
#include "video_file.hpp"
#include "write/video.hpp"

namespace rollingdepth {
namespace {

using ::testing::AllOf;
using testing::decoded;
using ::testing::ElementsAre;
using testing::FileSizeLimit;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::largest_difference;
using testing::message_of;
using testing::probe;
using testing::TemporaryFolder;

const VideoOptions kNtsc{.frame_rate = {30000, 1001}, .time_base = {1, 30000}};

at::Tensor flat(std::int64_t height_px, std::int64_t width_px, int r, int g, int b) {
  return at::tensor({r, g, b}, at::kByte).expand({height_px, width_px, 3}).contiguous();
}

// Smooth in space and time, so that little is lost in coding: red grows to the right, green
// downwards, blue with the frame.
at::Tensor gradient(std::int64_t height_px, std::int64_t width_px, int blue) {
  const at::Tensor x = at::linspace(20, 220, width_px).expand({height_px, width_px});
  const at::Tensor y = at::linspace(20, 220, height_px).unsqueeze(1).expand({height_px, width_px});
  return at::stack({x, y, at::full_like(x, blue)}, 2).round().to(at::kByte);
}

void write_frames(const std::filesystem::path& file, int frames, const VideoOptions& options,
                  FrameSize size = {64, 48}) {
  auto writer = make_video_writer(file, size, options);
  for (int n = 0; n < frames; ++n) {
    writer->write(gradient(size.height_px, size.width_px, 5 * n), n);
  }
  writer->finish();
}

TEST(VideoWriter, KeepsARationalRateExactly) {
  const TemporaryFolder folder;
  write_frames(folder / "a.mp4", 7, kNtsc);
  EXPECT_THAT(probe(folder / "a.mp4", "stream=r_frame_rate,avg_frame_rate,nb_frames"),
              ElementsAre("30000/1001", "30000/1001", "7"));
  EXPECT_THAT(probe(folder / "a.mp4", "stream=time_base"), ElementsAre("1/30000"));
  EXPECT_THAT(probe(folder / "a.mp4", "frame=pts"),
              ElementsAre("0", "1001", "2002", "3003", "4004", "5005", "6006"));
}

TEST(VideoWriter, KeepsTheTimesOfAVariableRate) {
  const TemporaryFolder folder;
  VideoOptions options{.frame_rate = {25, 1}, .time_base = {1, 90000}};
  options.keep_times = true;
  auto writer = make_video_writer(folder / "a.mp4", {64, 48}, options);
  // The first time becomes 0; one that does not advance is moved by a tick.
  for (const std::int64_t pts : {9000, 12000, 18000, 18000, 27001}) {
    writer->write(gradient(48, 64, 0), pts);
  }
  writer->finish();
  EXPECT_THAT(probe(folder / "a.mp4", "stream=time_base"), ElementsAre("1/90000"));
  EXPECT_THAT(probe(folder / "a.mp4", "frame=pts"),
              ElementsAre("0", "3000", "9000", "9001", "18001"));
}

TEST(VideoWriter, KeepsTimesInTicksOfSeveralUnits) {
  const TemporaryFolder folder;
  VideoOptions options{.frame_rate = {24000, 1001}, .time_base = {1001, 24000}};
  options.keep_times = true;
  auto writer = make_video_writer(folder / "a.mp4", {64, 48}, options);
  for (const std::int64_t pts : {0, 1, 4}) writer->write(gradient(48, 64, 0), pts);
  writer->finish();
  EXPECT_THAT(probe(folder / "a.mp4", "stream=time_base"), ElementsAre("1/24000"));
  EXPECT_THAT(probe(folder / "a.mp4", "frame=pts"), ElementsAre("0", "1001", "4004"));
}

TEST(VideoWriter, TagsWhatItWrites) {
  const TemporaryFolder folder;
  write_frames(folder / "a.mp4", 2, kNtsc);
  EXPECT_THAT(probe(folder / "a.mp4",
                    "stream=codec_name,width,height,pix_fmt,color_range,color_space,"
                    "color_transfer,color_primaries,chroma_location"),
              ElementsAre("h264", "64", "48", "yuv420p", "tv", "bt709", "bt709", "bt709", "left"));
}

TEST(VideoWriter, PicturesSurviveCoding) {
  const TemporaryFolder folder;
  write_frames(folder / "a.mp4", 6, kNtsc, {128, 96});
  const at::Tensor pictures = decoded(folder / "a.mp4", 96, 128);
  ASSERT_EQ(pictures.size(0), 6);
  for (int n = 0; n < 6; ++n) {
    const at::Tensor difference = pictures[n].to(at::kFloat) - gradient(96, 128, 5 * n);
    EXPECT_LT(difference.abs().mean().item<float>(), 2.0F) << "frame " << n;
  }
}

// A wrong matrix or range would move these by tens of levels.
TEST(VideoWriter, ColoursSurviveCoding) {
  const TemporaryFolder folder;
  const std::vector<at::Tensor> colours = {flat(32, 32, 255, 0, 0), flat(32, 32, 0, 255, 0),
                                           flat(32, 32, 0, 0, 255), flat(32, 32, 255, 255, 255),
                                           flat(32, 32, 0, 0, 0),   flat(32, 32, 200, 90, 30)};
  auto writer = make_video_writer(folder / "a.mp4", {32, 32}, kNtsc);
  for (std::size_t n = 0; n < colours.size(); ++n) {
    writer->write(colours[n], static_cast<std::int64_t>(n));
  }
  writer->finish();
  const at::Tensor pictures = decoded(folder / "a.mp4", 32, 32);
  for (std::size_t n = 0; n < colours.size(); ++n) {
    // Limited range has 219 steps, and the codec may round once more.
    EXPECT_LE(largest_difference(pictures[static_cast<std::int64_t>(n)], colours[n]), 5) << n;
  }
}

TEST(VideoWriter, OddSizesArePaddedByRepeatingTheEdge) {
  const TemporaryFolder folder;
  // Left part dark, last column bright: the padding must be bright, too.
  at::Tensor picture = flat(31, 33, 40, 40, 40);
  picture.slice(1, 31).fill_(220);
  auto writer = make_video_writer(folder / "a.mp4", {33, 31}, kNtsc);
  writer->write(picture, 0);
  writer->finish();
  EXPECT_THAT(probe(folder / "a.mp4", "stream=width,height"), ElementsAre("34", "32"));
  const at::Tensor coded = decoded(folder / "a.mp4", 32, 34)[0];
  EXPECT_GT(coded[31][33][1].item<int>(), 190);
  EXPECT_GT(coded[10][33][1].item<int>(), 190);
  EXPECT_LT(coded[31][5][1].item<int>(), 60);
}

TEST(VideoWriter, SmallestPictureIsWritten) {
  const TemporaryFolder folder;
  write_frames(folder / "a.mp4", 3, kNtsc, {1, 1});
  EXPECT_THAT(probe(folder / "a.mp4", "stream=width,height,nb_frames"), ElementsAre("2", "2", "3"));
}

TEST(VideoWriter, SameInputGivesTheSameFile) {
  const TemporaryFolder folder;
  const auto bytes = [&](const std::string& name) {
    write_frames(folder / name, 4, kNtsc);
    std::ifstream stream(folder / name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  };
  EXPECT_EQ(bytes("a.mp4"), bytes("b.mp4"));
}

#ifdef __GLIBC__
// Of this size x264's code for AVX-512 reads past what it has written.
TEST(VideoWriter, FormerContentOfMemoryDoesNotShow) {
  const TemporaryFolder folder;
  const auto bytes = [&](const std::string& name, int filling) {
    mallopt(M_PERTURB, filling);
    auto writer = make_video_writer(folder / name, {224, 124}, kNtsc);
    for (int n = 0; n < 40; ++n) {
      const at::Tensor grain = at::arange(124 * 224 * 3).view({124, 224, 3}) * (7 + n) % 251 / 16;
      writer->write((gradient(124, 224, n) / 2 + grain).to(at::kByte).contiguous(), n);
    }
    writer->finish();
    mallopt(M_PERTURB, 0);
    std::ifstream stream(folder / name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  };
  EXPECT_EQ(bytes("a.mp4", 85), bytes("b.mp4", 170));
}
#endif

TEST(VideoWriter, NamesWithAColonOrAQuoteAreFileNames) {
  const TemporaryFolder folder;
  write_frames(folder / "pipe:1 \"x\".mp4", 1, kNtsc);
  EXPECT_THAT(folder.names(), ElementsAre("pipe:1 \"x\".mp4"));
}

TEST(VideoWriter, UnfinishedFileIsRemoved) {
  const TemporaryFolder folder;
  {
    auto writer = make_video_writer(folder / "a.mp4", {64, 48}, kNtsc);
    for (int n = 0; n < 60; ++n) writer->write(gradient(48, 64, n), n);
    EXPECT_THAT(folder.names(), ElementsAre("a.mp4.partial"));
  }
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(VideoWriter, FullDiskIsReportedAndLeavesNothing) {
  const TemporaryFolder folder;
  const FileSizeLimit limit(1000);
  EXPECT_THAT(
      message_of(ErrorKind::kOutput, [&] { write_frames(folder / "a.mp4", 60, kNtsc); }),
      AllOf(HasSubstr("cannot write " + (folder / "a.mp4").string()), HasSubstr("File too large")));
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(VideoWriter, MissingFolderIsReported) {
  EXPECT_THAT(message_of(ErrorKind::kOutput,
                         [] {
                           make_video_writer("absent/a.mp4", {64, 48}, kNtsc);
                         }),
              HasSubstr("cannot write absent/a.mp4: No such file or directory"));
}

TEST(VideoWriter, RefusesPicturesOfAnotherSize) {
  const TemporaryFolder folder;
  auto writer = make_video_writer(folder / "a.mp4", {64, 48}, kNtsc);
  EXPECT_THROW(writer->write(flat(64, 48, 0, 0, 0), 0), Error);
  EXPECT_THROW(writer->write(at::zeros({48, 64, 3}), 0), Error);
}

TEST(VideoWriter, RefusesAnUnknownRate) {
  const TemporaryFolder folder;
  EXPECT_THROW(make_video_writer(folder / "a.mp4", {64, 48}, {}), Error);
}

}  // namespace
}  // namespace rollingdepth
