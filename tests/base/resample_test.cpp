#include "base/resample.hpp"

#include <gmock/gmock.h>

#include "parity.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using testing::data_file;
using testing::expect_parity;
using testing::largest_difference;

TEST(ProcessingSize, ScalesTheLongestEdgeAndRoundsToEight) {
  EXPECT_EQ(processing_size({1920, 1080}, 768, 8), (FrameSize{768, 432}));
  EXPECT_EQ(processing_size({1080, 1920}, 768, 8), (FrameSize{432, 768}));
  EXPECT_EQ(processing_size({720, 405}, 384, 8), (FrameSize{384, 216}));
}

TEST(ProcessingSize, ScalesUpwardsToo) {
  EXPECT_EQ(processing_size({64, 48}, 128, 8), (FrameSize{128, 96}));
}

TEST(ProcessingSize, KeepsTheSizeForZero) {
  EXPECT_EQ(processing_size({64, 48}, 0, 8), (FrameSize{64, 48}));
  EXPECT_EQ(processing_size({67, 45}, 0, 8), (FrameSize{64, 48}));
}

TEST(ProcessingSize, RoundsTiesUpAndNeverBelowOneMultiple) {
  EXPECT_EQ(processing_size({12, 4}, 0, 8), (FrameSize{16, 8}));
  EXPECT_EQ(processing_size({1000, 1}, 0, 8), (FrameSize{1000, 8}));
}

// 47 * (768 / 47) is 767.99... in double precision; truncation alone would give 767.
TEST(ProcessingSize, MendsTruncationOnePixelShort) {
  EXPECT_EQ(processing_size({47, 47}, 768, 8), (FrameSize{768, 768}));
}

TEST(ResampleMethod, ReadsNamesInAnyCase) {
  EXPECT_EQ(parse_resample_method("bicubic"), ResampleMethod::kBicubic);
  EXPECT_EQ(to_string(parse_resample_method("NEAREST_EXACT")), "NEAREST_EXACT");
}

TEST(ResampleMethod, SuggestsTheNearestName) {
  try {
    parse_resample_method("BICUBLIC");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("did you mean 'BICUBIC'?"));
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
  }
}

TEST(PrepareFrames, RefusesFloatFrames) {
  EXPECT_THROW(prepare_frames(at::zeros({1, 3, 8, 8}), {8, 8}, ResampleMethod::kBilinear), Error);
}

class ResizeParity : public ::testing::TestWithParam<const char*> {};

TEST_P(ResizeParity, MatchesTheRecordedPictures) {
  const at::Tensor frames = read_npy(data_file("picture/frames.npy"));
  const ResampleMethod method = parse_resample_method(GetParam());
  for (const std::string direction : {"down", "up"}) {
    const std::string name = "resize_" + direction + "_" + GetParam();
    const at::Tensor expected = read_npy(data_file("picture/" + name + ".npy"));
    const at::Tensor resized = prepare_frames(frames.slice(0, 0, expected.size(0)),
                                              {expected.size(3), expected.size(2)}, method);
    expect_parity("resize", name, largest_difference(resized, expected), 1e-4);
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, ResizeParity,
                         ::testing::Values("BILINEAR", "BICUBIC", "NEAREST_EXACT"));

}  // namespace
}  // namespace rollingdepth
