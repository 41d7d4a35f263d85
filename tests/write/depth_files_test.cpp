// Everything is read back by another program or library than the one that wrote it.
#include "write/depth_files.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cstring>
#include <fstream>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>

#include "error_matchers.hpp"
#include "file_size_limit.hpp"
#include "media/npy_header.hpp"
#include "media/npz_array.hpp"
#include "temporary_folder.hpp"
#include "video_file.hpp"
#include "zip_entry.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using testing::FileSizeLimit;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;
using testing::output_of;
using testing::probe;
using testing::TemporaryFolder;

using Maker = std::function<std::unique_ptr<DepthSink>(const std::filesystem::path&)>;
using Makers = std::vector<std::pair<std::string, Maker>>;

Makers file_makers() {
  return {{"ffv1", [](const auto& f) { return make_depth_video_sink(f, DepthVideo::kFfv1, {}); }},
          {"h265", [](const auto& f) { return make_depth_video_sink(f, DepthVideo::kHevc, {}); }},
          {"npz", &make_npz_sink}};
}

Makers makers() {
  Makers all = file_makers();
  all.emplace_back("png16",
                   [](const std::filesystem::path& folder) { return make_png16_sink(folder); });
  all.emplace_back("png8", &make_png8_sink);
  all.emplace_back("exr", &make_exr_sink);
  return all;
}

/// Five frames of 37 x 21 pixels, values from -1.5 to 2.
class DepthFilesTest : public ::testing::Test {
 protected:
  DepthFilesTest() {
    info_ = {.frames = 5,
             .height_px = 21,
             .width_px = 37,
             .min = -1.5f,
             .max = 2.0f,
             .frame_rate = {24, 1},
             .time_base = {1, 24}};
    const at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(5);
    // Smooth, as depth is: little is lost in coding.
    const at::Tensor slope = at::linspace(0, 1, 37).view({1, 1, 37}) +
                             at::linspace(0, 1, 21).view({1, 21, 1}) +
                             at::rand({5, 1, 1}, generator);
    depth_ = (slope - slope.min()) / (slope.max() - slope.min()) * 3.5 - 1.5;
    depth_ = depth_.clamp(info_.min, info_.max).contiguous();
  }

  void write(DepthSink& sink, std::int64_t frames = 5) const {
    sink.begin(info_);
    for (std::int64_t n = 0; n < frames; ++n) sink.write(depth_[n], n);
    sink.finish();
  }

  // Whole numbers of the range of the clip back to values.
  [[nodiscard]] at::Tensor values_of(const at::Tensor& levels, double largest) const {
    return levels.to(at::kDouble) / largest * 3.5 - 1.5;
  }

  // Raw 16-bit pictures that ffmpeg makes of `file`.
  static at::Tensor decoded16(const std::filesystem::path& file, const std::string& how,
                              std::int64_t height_px, std::int64_t width_px) {
    std::string bytes = output_of("ffmpeg -v error -i '" + file.string() +
                                  "' -fps_mode passthrough " + how + " -f rawvideo -");
    const auto frames = static_cast<std::int64_t>(bytes.size()) / (2 * width_px * height_px);
    at::Tensor levels = at::empty({frames, height_px, width_px}, at::kInt);
    for (std::int64_t i = 0; i < levels.numel(); ++i) {
      std::uint16_t level = 0;
      std::memcpy(&level, bytes.data() + 2 * i, 2);
      levels.mutable_data_ptr<int>()[i] = level;
    }
    return levels;
  }

  [[nodiscard]] std::string text_of(const std::string& name) const {
    std::ifstream stream(folder_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  [[nodiscard]] double largest_error(const at::Tensor& values) const {
    return (values.to(at::kDouble) - depth_.to(at::kDouble)).abs().max().item<double>();
  }

  TemporaryFolder folder_;
  DepthClipInfo info_;
  at::Tensor depth_;
};

TEST_F(DepthFilesTest, Ffv1KeepsSixteenBitsAndTheRange) {
  const auto file = folder_ / "a.mkv";
  write(*make_depth_video_sink(file, DepthVideo::kFfv1, std::nullopt));
  EXPECT_THAT(folder_.names(), ElementsAre("a.mkv"));
  EXPECT_THAT(probe(file, "stream=codec_name,width,height,pix_fmt"),
              ElementsAre("ffv1", "37", "21", "gray16le"));
  const at::Tensor levels = decoded16(file, "-pix_fmt gray16le", 21, 37);
  EXPECT_EQ(levels.size(0), 5);
  EXPECT_LT(largest_error(values_of(levels, 65535)), 3.5 / 65535 * 0.51);
  EXPECT_EQ(levels.min().item<int>(), 0);
  EXPECT_EQ(levels.max().item<int>(), 65535);
  const std::string tags =
      output_of("ffprobe -v error -show_entries format_tags '" + file.string() + "'");
  EXPECT_THAT(tags, HasSubstr("DEPTH_MIN=-1.5"));
  EXPECT_THAT(tags, HasSubstr("DEPTH_MAX=2"));
}

TEST_F(DepthFilesTest, H265KeepsTenBitsNearlyAndTheRange) {
  const auto file = folder_ / "a.mp4";
  write(*make_depth_video_sink(file, DepthVideo::kHevc, Rational{30000, 1001}));
  // Odd sizes are padded.
  EXPECT_THAT(probe(file,
                    "stream=codec_name,codec_tag_string,width,height,pix_fmt,color_range,"
                    "avg_frame_rate"),
              ElementsAre("hevc", "hvc1", "38", "22", "yuv420p10le", "pc", "30000/1001"));
  const at::Tensor levels = decoded16(file, "-vf extractplanes=y -pix_fmt gray10le", 22, 38)
                                .slice(1, 0, 21)
                                .slice(2, 0, 37);
  EXPECT_EQ(levels.size(0), 5);
  EXPECT_LT(largest_error(values_of(levels, 1023)), 0.02 * 3.5);
  const std::string tags =
      output_of("ffprobe -v error -show_entries format_tags '" + file.string() + "'");
  EXPECT_THAT(tags, HasSubstr("depth_min=-1.5"));
  EXPECT_THAT(tags, HasSubstr("depth_max=2"));
}

TEST_F(DepthFilesTest, PngPicturesAndTheirScaleGiveTheValuesBack) {
  write(*make_png16_sink(folder_ / "clip_png16"));
  EXPECT_THAT(folder_.names(), ElementsAre("clip_png16"));
  const auto scale = nlohmann::json::parse(text_of("clip_png16/depth.json"));
  EXPECT_EQ(scale["frames"], 5);
  EXPECT_EQ(scale["width"], 37);
  EXPECT_EQ(scale["height"], 21);
  EXPECT_EQ(scale["min"], -1.5);
  EXPECT_EQ(scale["max"], 2.0);
  EXPECT_THAT(probe(folder_ / "clip_png16/000000.png", "stream=codec_name,pix_fmt"),
              ElementsAre("png", "gray16be"));
  const at::Tensor levels = decoded16(folder_ / "clip_png16/%06d.png", "-pix_fmt gray16le", 21, 37);
  ASSERT_EQ(levels.size(0), 5);
  const double min = scale["min"], step = scale["scale"];
  EXPECT_LT(largest_error(levels.to(at::kDouble) * step + min), 3.5 / 65535 * 0.51);
}

TEST_F(DepthFilesTest, PngPicturesOfEightBitsGiveTheValuesBack) {
  write(*make_png8_sink(folder_ / "clip_png8"));
  const auto scale = nlohmann::json::parse(text_of("clip_png8/depth.json"));
  EXPECT_THAT(probe(folder_ / "clip_png8/000000.png", "stream=codec_name,pix_fmt"),
              ElementsAre("png", "gray"));
  // As 16 bits, which repeat the 8.
  const at::Tensor levels = decoded16(folder_ / "clip_png8/%06d.png", "-pix_fmt gray16le", 21, 37);
  const double min = scale["min"], step = scale["scale"];
  EXPECT_LT(largest_error(levels.to(at::kDouble) / 257 * step + min), 3.5 / 255 * 0.51);
}

// Values below 0 are 0, those that are too far the largest number; both ends of this clip are cut.
TEST_F(DepthFilesTest, PngPicturesOfMetresHaveAFixedScale) {
  info_.values = DepthValues::kMetres;
  const auto sink = make_png16_sink(folder_ / "clip_png16", 40'000);
  write(*sink);
  const auto scale = nlohmann::json::parse(text_of("clip_png16/depth.json"));
  EXPECT_EQ(scale["min"], 0);
  EXPECT_EQ(scale["scale"], 1.0 / 40'000);
  const at::Tensor levels = decoded16(folder_ / "clip_png16/%06d.png", "-pix_fmt gray16le", 21, 37);
  const at::Tensor metres = levels.to(at::kDouble) / 40'000;
  EXPECT_LT((metres - depth_.to(at::kDouble).clamp(0, 65535.0 / 40'000)).abs().max().item<double>(),
            0.51 / 40'000);
  ASSERT_EQ(sink->remarks().size(), 1U);
  EXPECT_THAT(sink->remarks()[0], HasSubstr("farther than 1.638 m"));
}

TEST_F(DepthFilesTest, PngPicturesOfMetresSayNothingWhereNothingIsCut) {
  const auto sink = make_png16_sink(folder_ / "clip_png16", 1000);
  write(*sink);
  EXPECT_TRUE(sink->remarks().empty());
}

TEST_F(DepthFilesTest, PicturesKeepTheInputsNumbers) {
  info_.frame_numbers = {"0998", "0999", "1000", "1002", "1003"};
  write(*make_png16_sink(folder_ / "clip_png16"));
  write(*make_exr_sink(folder_ / "clip_exr"));
  for (const std::string& number : info_.frame_numbers) {
    EXPECT_TRUE(std::filesystem::exists(folder_ / ("clip_png16/" + number + ".png"))) << number;
    EXPECT_TRUE(std::filesystem::exists(folder_ / ("clip_exr/" + number + ".exr"))) << number;
  }
  const std::filesystem::directory_iterator png(folder_ / "clip_png16"), end;
  EXPECT_EQ(std::distance(png, end), 6);
}

TEST_F(DepthFilesTest, ExrPicturesHoldTheValuesThemselves) {
  depth_[1][2][3] = 1e-20f;
  depth_[1][2][4] = std::numeric_limits<float>::quiet_NaN();
  write(*make_exr_sink(folder_ / "clip_exr"));
  EXPECT_THAT(folder_.names(), ElementsAre("clip_exr"));
  for (std::int64_t n = 0; n < 5; ++n) {
    const auto file = folder_ / ("clip_exr/00000" + std::to_string(n) + ".exr");
    EXPECT_THAT(probe(file, "stream=codec_name,pix_fmt"), ElementsAre("exr", "grayf32le"));
    const std::string bytes =
        output_of("ffmpeg -v error -i '" + file.string() + "' -f rawvideo -pix_fmt grayf32le -");
    ASSERT_EQ(bytes.size(), 21U * 37U * 4U);
    EXPECT_EQ(std::memcmp(bytes.data(), depth_[n].const_data_ptr(), bytes.size()), 0) << n;
  }
}

TEST_F(DepthFilesTest, NpzHoldsTheArrayCompressed) {
  depth_[1][2][4] = std::numeric_limits<float>::quiet_NaN();
  write(*make_npz_sink(folder_ / "a.npz"));
  EXPECT_THAT(folder_.names(), ElementsAre("a.npz"));
  EXPECT_EQ(testing::zip_packing(folder_ / "a.npz", "depth.npy"), "8");
  const std::string bytes = testing::zip_entry(folder_ / "a.npz", "depth.npy");
  const std::string header = npy_header(at::kFloat, {5, 21, 37});
  ASSERT_EQ(bytes.size(), header.size() + depth_.nbytes());
  EXPECT_EQ(bytes.substr(0, header.size()), header);
  EXPECT_EQ(std::memcmp(bytes.data() + header.size(), depth_.const_data_ptr(), depth_.nbytes()), 0);
}

// Zeros take some seconds and a few megabytes.
TEST_F(DepthFilesTest, NpzMayHoldMoreThanFourGigabytes) {
  info_.frames = 260;
  info_.height_px = info_.width_px = 2048;
  const auto sink = make_npz_sink(folder_ / "a.npz");
  sink->begin(info_);
  const at::Tensor frame = at::zeros({2048, 2048});
  for (std::int64_t n = 0; n < info_.frames; ++n) sink->write(frame, n);
  sink->finish();
  const std::string header = npy_header(at::kFloat, {260, 2048, 2048});
  EXPECT_EQ(testing::zipfile_says(folder_ / "a.npz", "depth.npy", "b\"%d\" % entry.file_size"),
            std::to_string(header.size() + 260UL * 2048 * 2048 * 4));
  const NpzFile file(folder_ / "a.npz");
  EXPECT_THAT(NpzArray(file, "depth").header().shape, ElementsAre(260, 2048, 2048));
}

TEST_F(DepthFilesTest, AFlatClipBecomesZero) {
  info_.min = info_.max = 3;
  depth_.fill_(3);
  write(*make_depth_video_sink(folder_ / "a.mkv", DepthVideo::kFfv1, std::nullopt));
  EXPECT_EQ(decoded16(folder_ / "a.mkv", "-pix_fmt gray16le", 21, 37).max().item<int>(), 0);
}

TEST_F(DepthFilesTest, WhatIsNoNumberBecomesZeroAndWhatIsOutsideTheNearestEnd) {
  depth_.fill_(1);
  depth_[2][4][5] = std::numeric_limits<float>::quiet_NaN();
  depth_[2][4][6] = std::numeric_limits<float>::infinity();
  depth_[2][4][7] = -7;
  write(*make_depth_video_sink(folder_ / "a.mkv", DepthVideo::kFfv1, std::nullopt));
  const at::Tensor levels = decoded16(folder_ / "a.mkv", "-pix_fmt gray16le", 21, 37);
  EXPECT_TRUE(at::equal(levels[2][4].slice(0, 4, 9),
                        at::tensor({46811, 0, 65535, 0, 46811}, at::kInt)));  // 2.5 of 3.5
}

// Frame n is shown at n * n ticks, 1/24 s each.
TEST_F(DepthFilesTest, VideosKeepTheTimesGiven) {
  for (const auto& [name, video] :
       {std::pair{"a.mkv", DepthVideo::kFfv1}, std::pair{"a.mp4", DepthVideo::kHevc}}) {
    const auto sink = make_depth_video_sink(folder_ / name, video, std::nullopt);
    sink->begin(info_);
    for (std::int64_t n = 0; n < 5; ++n) sink->write(depth_[n], 100 + n * n);
    sink->finish();
    const std::vector<std::string> times = probe(folder_ / name, "frame=pts_time");
    ASSERT_EQ(times.size(), 5U) << name;
    for (std::size_t n = 0; n < times.size(); ++n) {
      EXPECT_NEAR(std::stod(times[n]), static_cast<double>(n * n) / 24, 0.51e-3) << name;
    }
  }
}

TEST_F(DepthFilesTest, TheSameDepthGivesTheSameFile) {
  for (const auto& [name, make] : file_makers()) {
    write(*make(folder_ / "first"));
    write(*make(folder_ / "second"));
    EXPECT_EQ(text_of("first"), text_of("second")) << name;
  }
}

TEST_F(DepthFilesTest, AnOlderFolderIsReplacedAsAWhole) {
  std::filesystem::create_directory(folder_ / "clip_png16");
  std::ofstream(folder_ / "clip_png16/000099.png") << "old";
  std::ofstream(folder_ / "clip_png16/depth.json") << "old";
  write(*make_png16_sink(folder_ / "clip_png16"));
  EXPECT_THAT(folder_.names(), ElementsAre("clip_png16"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "clip_png16/000099.png"));
  EXPECT_TRUE(std::filesystem::exists(folder_ / "clip_png16/000004.png"));
}

TEST_F(DepthFilesTest, AFolderThatHoldsOtherFilesIsLeftAlone) {
  for (const std::string name : {"notes.txt", "000000.jpg", "12a.exr", "depth.json"}) {
    std::filesystem::create_directory(folder_ / "clip_exr");
    std::ofstream(folder_ / "clip_exr" / name) << "mine";
    EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { make_exr_sink(folder_ / "clip_exr"); }),
                HasSubstr("the folder also holds " + name));
    EXPECT_EQ(text_of("clip_exr/" + name), "mine");
    std::filesystem::remove_all(folder_ / "clip_exr");
  }
}

TEST_F(DepthFilesTest, AFileThatComesToTheFolderMeanwhileIsNotLost) {
  std::filesystem::create_directory(folder_ / "clip_exr");
  const auto sink = make_exr_sink(folder_ / "clip_exr");
  std::ofstream(folder_ / "clip_exr/notes.txt") << "mine";
  EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { write(*sink); }),
              HasSubstr("the folder also holds notes.txt"));
  EXPECT_EQ(text_of("clip_exr/notes.txt"), "mine");
}

TEST_F(DepthFilesTest, PicturesThatAKilledRunLeftDoNotCount) {
  std::filesystem::create_directory(folder_ / "clip_exr.partial");
  std::ofstream(folder_ / "clip_exr.partial/000099.exr") << "old";
  write(*make_exr_sink(folder_ / "clip_exr"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "clip_exr/000099.exr"));
}

TEST_F(DepthFilesTest, NothingIsLeftOfWhatIsNotFinished) {
  for (const auto& [name, make] : makers()) {
    {
      const auto sink = make(folder_ / name);
      sink->begin(info_);
      sink->write(depth_[0], 0);
    }
    EXPECT_THAT(folder_.names(), IsEmpty()) << name;
  }
}

TEST_F(DepthFilesTest, AFrameOfAnotherSizeIsRefused) {
  for (const auto& [name, make] : makers()) {
    const auto sink = make(folder_ / name);
    sink->begin(info_);
    EXPECT_THAT(message_of(ErrorKind::kFailed,
                           [&] {
                             sink->write(at::zeros({21, 36}), 0);
                           }),
                HasSubstr("announced size"))
        << name;
  }
}

TEST_F(DepthFilesTest, MissingAndAdditionalFramesAreRefused) {
  for (const auto& [name, make] : makers()) {
    const auto sink = make(folder_ / name);
    EXPECT_THAT(message_of(ErrorKind::kFailed, [&] { sink->write(depth_[0], 0); }),
                HasSubstr("not begun"))
        << name;
    sink->begin(info_);
    for (std::int64_t n = 0; n < 4; ++n) sink->write(depth_[n], n);
    EXPECT_THAT(message_of(ErrorKind::kFailed, [&] { sink->finish(); }),
                HasSubstr("not all frames came"))
        << name;
    sink->write(depth_[4], 4);
    EXPECT_THAT(message_of(ErrorKind::kFailed, [&] { sink->write(depth_[4], 5); }),
                HasSubstr("more frames came"))
        << name;
  }
}

TEST_F(DepthFilesTest, AFullDiskIsReportedAndLeavesNothing) {
  for (const auto& [name, make] : makers()) {
    const FileSizeLimit limit(200);
    EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { write(*make(folder_ / name)); }),
                HasSubstr("cannot write " + (folder_ / name).string()))
        << name;
    EXPECT_THAT(folder_.names(), IsEmpty()) << name;
  }
}

}  // namespace
}  // namespace rollingdepth
