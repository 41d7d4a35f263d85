#include "live/picture_start.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

namespace rollingdepth::live {
namespace {

bool begins(std::vector<std::uint8_t> bytes, AVCodecID codec) {
  AVPacket packet{};
  packet.data = bytes.data();
  packet.size = static_cast<int>(bytes.size());
  return begins_picture(packet, codec);
}

TEST(LiveSourcePictureStart, KnowsTheFirstUnitOfAnH264Picture) {
  EXPECT_TRUE(begins({0, 0, 0, 1, 0x09, 0xf0, 0}, AV_CODEC_ID_H264));   // Delimiter.
  EXPECT_TRUE(begins({0, 0, 1, 0x67, 0x42, 0xc0}, AV_CODEC_ID_H264));   // Parameter set.
  EXPECT_TRUE(begins({0, 0, 1, 0x41, 0x9a, 0x02}, AV_CODEC_ID_H264));   // Slice of macroblock 0,
  EXPECT_FALSE(begins({0, 0, 1, 0x41, 0x1a, 0x02}, AV_CODEC_ID_H264));  // of a later one.
}

TEST(LiveSourcePictureStart, KnowsTheFirstUnitOfAnH265Picture) {
  EXPECT_TRUE(begins({0, 0, 0, 1, 0x46, 0x01, 0x50}, AV_CODEC_ID_HEVC));  // Delimiter.
  EXPECT_TRUE(begins({0, 0, 1, 0x40, 0x01, 0x0c}, AV_CODEC_ID_HEVC));     // Parameter set.
  EXPECT_TRUE(begins({0, 0, 1, 0x02, 0x01, 0xd0}, AV_CODEC_ID_HEVC));     // First slice,
  EXPECT_FALSE(begins({0, 0, 1, 0x02, 0x01, 0x50}, AV_CODEC_ID_HEVC));    // a later one.
}

TEST(LiveSourcePictureStart, KnowsTheFirstUnitOfAnMpeg2Picture) {
  EXPECT_TRUE(begins({0, 0, 1, 0xb3, 0x14, 0x00}, AV_CODEC_ID_MPEG2VIDEO));   // Sequence.
  EXPECT_TRUE(begins({0, 0, 1, 0x00, 0x00, 0x57}, AV_CODEC_ID_MPEG2VIDEO));   // Picture.
  EXPECT_FALSE(begins({0, 0, 1, 0x01, 0x22, 0x57}, AV_CODEC_ID_MPEG2VIDEO));  // Slice.
}

TEST(LiveSourcePictureStart, TakesWhatBeginsInTheMiddleForALaterPart) {
  EXPECT_FALSE(begins({0x17, 0x33, 0, 0, 1, 0x67, 0x42}, AV_CODEC_ID_H264));
  EXPECT_FALSE(begins({0, 0, 0, 0}, AV_CODEC_ID_H264));
  EXPECT_FALSE(begins({}, AV_CODEC_ID_HEVC));
}

}  // namespace
}  // namespace rollingdepth::live
