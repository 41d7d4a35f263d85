#include "live/picture_start.hpp"

#include <cstdint>
#include <span>

namespace rollingdepth::live {
namespace {

// What follows the first start code; empty where the packet does not begin with one.
std::span<const std::uint8_t> after_start_code(const AVPacket& packet) {
  const std::span<const std::uint8_t> bytes(packet.data, static_cast<std::size_t>(packet.size));
  std::size_t zeros = 0;
  while (zeros < bytes.size() && bytes[zeros] == 0) ++zeros;
  if (zeros < 2 || zeros == bytes.size() || bytes[zeros] != 1) return {};
  return bytes.subspan(zeros + 1);
}

// Source: ITU-T H.264, 7.3.1, 7.3.3, table 7-1.
bool begins_h264(std::span<const std::uint8_t> unit) {
  const int type = unit[0] & 0x1f;
  // Slices tell of their first macroblock; 0 is a bit that is set.
  if (type == 1 || type == 5) return (unit[1] & 0x80) != 0;
  return type >= 6 && type <= 9;  // Hints, parameter sets, delimiter.
}

// Source: ITU-T H.265, 7.3.1.2, 7.3.6.1, table 7-1.
bool begins_hevc(std::span<const std::uint8_t> unit) {
  const int type = unit[0] >> 1 & 0x3f;
  if (type < 32) return (unit[2] & 0x80) != 0;  // first_slice_segment_in_pic_flag
  return type <= 35 || type == 39;              // Parameter sets, delimiter, hints.
}

// Source: ISO/IEC 13818-2, table 6-1.
bool begins_mpeg2(std::span<const std::uint8_t> unit) {
  return unit[0] == 0x00 || unit[0] == 0xb3 || unit[0] == 0xb8;  // Picture, sequence, group.
}

}  // namespace

bool tells_picture_starts(AVCodecID codec) {
  return codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC || codec == AV_CODEC_ID_MPEG2VIDEO;
}

bool begins_picture(const AVPacket& packet, AVCodecID codec) {
  const std::span<const std::uint8_t> unit = after_start_code(packet);
  if (unit.size() < 3) return false;
  switch (codec) {
    case AV_CODEC_ID_H264:
      return begins_h264(unit);
    case AV_CODEC_ID_HEVC:
      return begins_hevc(unit);
    default:
      return begins_mpeg2(unit);
  }
}

}  // namespace rollingdepth::live
