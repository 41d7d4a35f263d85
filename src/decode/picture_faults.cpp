#include "decode/picture_faults.hpp"

#include <zlib.h>

#include <algorithm>
#include <string_view>

namespace rollingdepth {
namespace {

using Bytes = std::span<const std::uint8_t>;

bool contains(Bytes bytes, std::string_view mark) {
  const auto equal = [](std::uint8_t byte, char c) { return byte == static_cast<std::uint8_t>(c); };
  return std::search(bytes.begin(), bytes.end(), mark.begin(), mark.end(), equal) != bytes.end();
}

// Whether a JPEG file has an end mark after its header. The header may hold a thumbnail with an end
// mark of its own: its segments are stepped over.
bool has_end_of_jpeg(Bytes bytes) {
  std::size_t at = 2;
  while (at + 4 <= bytes.size() && bytes[at] == 0xff && bytes[at + 1] != 0xda) {
    const bool is_padding = bytes[at + 1] == 0xff;
    at += is_padding ? 1 : 2 + static_cast<std::size_t>(bytes[at + 2] * 256 + bytes[at + 3]);
  }
  return at < bytes.size() && contains(bytes.subspan(at), "\xff\xd9");
}

std::uint32_t big_endian(Bytes bytes) {
  std::uint32_t value = 0;
  for (const std::uint8_t byte : bytes.first(4)) value = value << 8 | byte;
  return value;
}

// A PNG file consists of chunks, each a length, a type, so many bytes and the checksum of type and
// bytes.
std::optional<PictureFault> png_fault(Bytes bytes) {
  constexpr std::size_t kSignature = 8, kAroundContent = 12;
  std::optional<PictureFault> fault;
  for (std::size_t at = kSignature; at + kAroundContent <= bytes.size();) {
    const std::size_t length = big_endian(bytes.subspan(at));
    if (length > bytes.size() - at - kAroundContent) break;
    const Bytes type_and_content = bytes.subspan(at + 4, 4 + length);
    const uLong sum = crc32_z(0, type_and_content.data(), type_and_content.size());
    if (sum != big_endian(bytes.subspan(at + 8 + length))) {
      fault = PictureFault{.what = "a checksum is wrong"};
    }
    if (contains(type_and_content.first(4), "IEND")) return fault;
    at += kAroundContent + length;
  }
  return PictureFault{.what = "the file is cut short", .fatal = true};
}

// The bits of a pixel by the colour type of a PNG header, which begins with the file's 16th byte.
std::int64_t png_bits_per_pixel(Bytes bytes) {
  constexpr int kGrey = 0, kPalette = 3, kGreyAlpha = 4, kRgba = 6;
  const int type = bytes[25];
  const int samples = type == kGrey || type == kPalette ? 1
                      : type == kGreyAlpha              ? 2
                      : type == kRgba                   ? 4
                                                        : 3;
  return std::int64_t{samples} * bytes[24];
}

}  // namespace

std::optional<PictureFault> picture_fault(PictureFormat format, Bytes bytes) {
  if (format == PictureFormat::kPng) return png_fault(bytes);
  if (format == PictureFormat::kJpeg && !has_end_of_jpeg(bytes)) {
    return PictureFault{.what = "the file is cut short", .fatal = true};
  }
  return std::nullopt;
}

std::int64_t fewest_bytes(const PictureHeader& header, Bytes bytes) {
  // Deflate's shortest code, of 2 bits, stands for 258 bytes.
  constexpr std::int64_t kDeflateRatio = 1032;
  // Each block of 8x8 pixels has its mean in a bit at least.
  constexpr std::int64_t kJpegPixelsPerByte = 512;
  // Each block of 16x16 pixels names its prediction, in more than 3 bits with the usual odds.
  constexpr std::int64_t kVp8PixelsPerByte = 1024;
  constexpr std::size_t kWebpHead = 16;  // Up to the name of the first chunk.
  if (header.format == PictureFormat::kJpeg) {
    return header.width_px * header.height_px / kJpegPixelsPerByte;
  }
  if (header.format == PictureFormat::kPng) {
    return header.width_px * png_bits_per_pixel(bytes) / 8 * header.height_px / kDeflateRatio;
  }
  if (header.format == PictureFormat::kWebp &&
      contains(bytes.first(std::min<std::size_t>(bytes.size(), kWebpHead)), "VP8 ")) {
    return header.width_px * header.height_px / kVp8PixelsPerByte;
  }
  return 0;
}

}  // namespace rollingdepth
