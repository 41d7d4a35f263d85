// Pictures of floats: linear light, whatever holds it.
#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <string>
#include <vector>

#include "clip_maker.hpp"
#include "decode/video_reader.hpp"
#include "decoded_clip.hpp"
#include "exr_maker.hpp"
#include "temporary_folder.hpp"
#include "tiff_maker.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::DecodedClip;
using ::testing::ElementsAre;
using testing::error_of;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::largest_difference;
using testing::read_all;
using testing::TemporaryFolder;
using testing::TiffLayout;
using testing::write_bytes;
using testing::write_exr;
using testing::write_tiff;

DecodedClip read_pictures(const std::vector<fs::path>& files) {
  return read_all(*open_image_sequence(files, "pictures", {25, 1}));
}

/// The sRGB levels of linear light, by the standard's formula.
at::Tensor srgb(const at::Tensor& linear) {
  const at::Tensor light = linear.to(at::kDouble).clamp(0, 1);
  const at::Tensor shown =
      at::where(light <= 0.0031308, 12.92 * light, 1.055 * light.pow(1 / 2.4) - 0.055);
  return (255 * shown).round().to(at::kByte);
}

class FloatPicture : public ::testing::Test {
 protected:
  /// A PFM file, whose rows go upwards, of colours [3, H, W].
  fs::path pfm(const std::string& name, const at::Tensor& colours) {
    const at::Tensor rows = colours.flip({1}).permute({1, 2, 0}).to(at::kFloat).contiguous();
    const std::string header =
        "PF\n" + std::to_string(rows.size(1)) + " " + std::to_string(rows.size(0)) + "\n-1.0\n";
    std::vector<char> bytes(header.begin(), header.end());
    bytes.resize(header.size() + rows.nbytes());
    std::memcpy(bytes.data() + header.size(), rows.data_ptr(), rows.nbytes());
    write_bytes(folder_ / name, bytes);
    return folder_ / name;
  }

  TemporaryFolder folder_;
  /// [3, 21, 37], all different, from black to white, dark ones well represented.
  at::Tensor linear_ = at::linspace(0, 1, 3 * 21 * 37, at::kDouble).pow(2.2).view({3, 21, 37});
};

TEST_F(FloatPicture, OfOpenExrIsSrgb) {
  // A half has 11 bits: up to 0.06 levels off before they are rounded.
  write_exr(folder_ / "half.exr", at::full({4, 6}, 0.18, at::kHalf), {"B"});
  testing::write_exr_channels(folder_ / "rgb.exr", linear_.to(at::kFloat));
  const DecodedClip clip = read_pictures({folder_ / "rgb.exr"});
  EXPECT_LE(largest_difference(clip.frames.at(0), srgb(linear_)), 1);
  EXPECT_THAT(clip.warnings, IsEmpty());
  // The one channel that is there.
  const at::Tensor half = read_pictures({folder_ / "half.exr"}).frames.at(0);
  EXPECT_EQ(half[2][0][0].item<int>(), 118);
  EXPECT_EQ(half[0][0][0].item<int>(), 0);
}

TEST_F(FloatPicture, OfPfmIsSrgb) {
  const at::Tensor rgb = read_pictures({pfm("a.pfm", linear_)}).frames.at(0);
  EXPECT_LE(largest_difference(rgb, srgb(linear_)), 1);
}

TEST_F(FloatPicture, OfTiffIsSrgbHoweverItIsLaidOut) {
  const at::Tensor pixels = linear_.permute({1, 2, 0});
  for (const at::ScalarType dtype : {at::kHalf, at::kFloat, at::kDouble}) {
    for (const bool tiled : {false, true}) {
      for (const bool separate : {false, true}) {
        write_tiff(folder_ / "a.tif", {pixels.to(dtype)},
                   {.sample_format = SAMPLEFORMAT_IEEEFP,
                    .tiled = tiled,
                    .separate = separate,
                    .compression = COMPRESSION_ADOBE_DEFLATE});
        const at::Tensor rgb = read_pictures({folder_ / "a.tif"}).frames.at(0);
        EXPECT_LE(largest_difference(rgb, srgb(linear_)), 1)
            << dtype << " tiled " << tiled << " separate " << separate;
      }
    }
  }
}

TEST_F(FloatPicture, OfGreyIsSpread) {
  write_tiff(folder_ / "a.tif", {linear_[1].unsqueeze(2).to(at::kFloat)},
             {.sample_format = SAMPLEFORMAT_IEEEFP});
  write_exr(folder_ / "a.exr", linear_[1].to(at::kFloat), {"Y"});
  for (const char* name : {"a.tif", "a.exr"}) {
    const at::Tensor rgb = read_pictures({folder_ / name}).frames.at(0);
    EXPECT_LE(largest_difference(rgb, srgb(linear_[1]).expand({3, 21, 37})), 1) << name;
  }
}

TEST_F(FloatPicture, IsClippedAboveOneAndSaysSo) {
  at::Tensor bright = linear_.clone();
  bright[0][3].fill_(1.5);
  bright[1][4][5] = INFINITY;
  bright[2][4][5] = NAN;
  bright[2][4][6] = -3;
  write_tiff(folder_ / "b.tif", {bright.permute({1, 2, 0}).to(at::kFloat)},
             {.sample_format = SAMPLEFORMAT_IEEEFP});
  testing::write_exr_channels(folder_ / "b.exr", bright.to(at::kFloat));
  for (const fs::path& file : {folder_ / "b.tif", folder_ / "b.exr", pfm("b.pfm", bright)}) {
    const DecodedClip clip = read_pictures({file});
    EXPECT_EQ(clip.frames[0][0][3][0].item<int>(), 255);
    EXPECT_EQ(clip.frames[0][1][4][5].item<int>(), 255);
    EXPECT_EQ(clip.frames[0][2][4][5].item<int>(), 0);
    EXPECT_EQ(clip.frames[0][2][4][6].item<int>(), 0);
    const std::string name = file.filename().string();
    EXPECT_THAT(clip.warnings,
                ElementsAre(AllOf(HasSubstr("38 values above 1"), HasSubstr(name)),
                            AllOf(HasSubstr("1 values that are not numbers"), HasSubstr(name))));
  }
}

TEST_F(FloatPicture, OfOpenExrIsItsDisplayWindow) {
  // Stored from (-2, -2) on; shown are the 8x6 pixels from (0, 0).
  testing::write_exr_channels(folder_ / "a.exr", at::ones({3, 5, 6}), Imath::Box2i({0, 0}, {7, 5}),
                              -2);
  const at::Tensor rgb = read_pictures({folder_ / "a.exr"}).frames.at(0);
  ASSERT_EQ(rgb.sizes(), at::IntArrayRef({3, 6, 8}));
  at::Tensor expected = at::zeros({3, 6, 8}, at::kByte);
  expected.slice(1, 0, 3).slice(2, 0, 4).fill_(255);
  EXPECT_TRUE(rgb.equal(expected));
}

TEST_F(FloatPicture, OfOtherChannelsIsRefusedByName) {
  write_exr(folder_ / "a.exr", at::ones({4, 4}), {"Z", "motion.u"});
  const auto error = error_of([&] { read_pictures({folder_ / "a.exr"}); });
  EXPECT_EQ(error.kind, ErrorKind::kInput);
  EXPECT_THAT(error.text, AllOf(HasSubstr("a.exr"), HasSubstr("but: Z, motion.u")));
}

TEST_F(FloatPicture, OfOtherSamplesIsRefusedByName) {
  const auto refusal = [&](const at::Tensor& pixels, const TiffLayout& layout) {
    write_tiff(folder_ / "a.tif", {pixels}, layout);
    const auto error = error_of([&] { read_pictures({folder_ / "a.tif"}); });
    EXPECT_EQ(error.kind, ErrorKind::kInput);
    EXPECT_THAT(error.text, HasSubstr("a.tif: its samples are "));
    return error.text;
  };
  EXPECT_THAT(refusal(at::ones({6, 6, 1}, at::kShort), {.sample_format = SAMPLEFORMAT_INT}),
              HasSubstr("16-bit signed integers"));
  EXPECT_THAT(
      refusal(at::ones({6, 8, 1}, at::kFloat), {.sample_format = SAMPLEFORMAT_IEEEFP, .bits = 24}),
      HasSubstr("24-bit floats"));
  EXPECT_THAT(refusal(at::ones({6, 6, 1}, at::kLong), {}), HasSubstr("64-bit integers"));
}

TEST_F(FloatPicture, HasIntegersOf32BitsBesideIt) {
  const at::Tensor levels = at::arange(21 * 37, at::kLong).view({21, 37, 1}) * 5'000'000;
  write_tiff(folder_ / "a.tif", {levels.to(at::kInt)}, {});
  const at::Tensor rgb = read_pictures({folder_ / "a.tif"}).frames.at(0);
  EXPECT_TRUE(rgb[0].equal((levels / (1 << 24)).floor().to(at::kByte).view({21, 37})));
}

}  // namespace
}  // namespace rollingdepth
