#include "decode/picture_format.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdlib>
#include <string>

#include "decode/exif_orientation.hpp"
#include "decode/file_extension.hpp"

namespace rollingdepth {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::array<PictureFormatInfo, 12> kFormats = {{
    {PictureFormat::kPng, "PNG", {".png"}},
    {PictureFormat::kJpeg, "JPEG", {".jpg", ".jpeg", ".jpe", ".jfif"}},
    {PictureFormat::kTiff, "TIFF", {".tif", ".tiff"}},
    {PictureFormat::kBmp, "BMP", {".bmp", ".dib"}},
    {PictureFormat::kWebp, "WebP", {".webp"}},
    {PictureFormat::kExr, "OpenEXR", {".exr"}},
    {PictureFormat::kPnm, "PNM", {".ppm", ".pgm", ".pbm", ".pnm", ".pam"}},
    {PictureFormat::kPfm, "PFM", {".pfm"}},
    {PictureFormat::kDpx, "DPX", {".dpx"}},
    {PictureFormat::kTga, "TGA", {".tga"}},
    {PictureFormat::kRadiance, "Radiance HDR", {".hdr"}},
    {PictureFormat::kJpeg2000, "JPEG 2000", {".jp2", ".j2k"}},
}};

bool begins_with(Bytes bytes, std::string_view mark) {
  return bytes.size() >= mark.size() &&
         std::equal(mark.begin(), mark.end(), bytes.begin(),
                    [](char c, std::uint8_t byte) { return static_cast<std::uint8_t>(c) == byte; });
}

using namespace std::string_view_literals;

/// Big-endian, so many bytes. REQUIRES: they are there.
std::uint32_t big(Bytes bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (const std::uint8_t byte : bytes.subspan(at, size)) value = value << 8 | byte;
  return value;
}

std::uint32_t little(Bytes bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | bytes[at + i];
  return value;
}

using Header = std::optional<PictureHeader>;

Header sized(std::int64_t width_px, std::int64_t height_px) {
  return PictureHeader{.width_px = width_px, .height_px = height_px};
}

Header jpeg_header(Bytes bytes, bool& truncated) {
  int orientation = 1;
  for (std::size_t at = 2; at + 9 <= bytes.size();) {
    if (bytes[at] != 0xff) return std::nullopt;
    const std::uint8_t marker = bytes[at + 1];
    if (marker == 0xff) {  // Padding.
      ++at;
      continue;
    }
    const bool is_frame =
        marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (is_frame) {
      Header header = sized(big(bytes, at + 7, 2), big(bytes, at + 5, 2));
      header->orientation = orientation;
      return header;
    }
    if (marker == 0xda || marker == 0xd9) return std::nullopt;
    const std::size_t length = big(bytes, at + 2, 2);
    const Bytes content = bytes.subspan(
        at + 4, std::min(bytes.size() - at - 4, std::max<std::size_t>(length, 2) - 2));
    if (marker == 0xe1 && begins_with(content, "Exif\0\0"sv)) {
      orientation = exif_orientation(content.subspan(6)).value_or(orientation);
    }
    at += 2 + length;
  }
  truncated = true;
  return std::nullopt;
}

Header png_header(Bytes bytes, bool& truncated) {
  Header header;
  for (std::size_t at = 8; at + 12 <= bytes.size();) {
    const std::size_t length = big(bytes, at, 4);
    const Bytes type = bytes.subspan(at + 4, 4);
    const Bytes content = bytes.subspan(at + 8, std::min(length, bytes.size() - at - 8));
    if (begins_with(type, "IHDR") && content.size() >= 13) {
      header = sized(big(content, 0, 4), big(content, 4, 4));
    }
    if (!header || begins_with(type, "IDAT")) return header;
    if (begins_with(type, "acTL") && content.size() >= 4) header->pictures = big(content, 0, 4);
    if (begins_with(type, "eXIf")) {
      header->orientation = exif_orientation(content).value_or(header->orientation);
    }
    at += 12 + length;
  }
  truncated = true;
  return std::nullopt;
}

Header bmp_header(Bytes bytes) {
  if (bytes.size() < 26) return std::nullopt;
  if (little(bytes, 14, 4) == 12) return sized(little(bytes, 18, 2), little(bytes, 20, 2));
  // A negative height means that the first row comes first.
  return sized(static_cast<std::int32_t>(little(bytes, 18, 4)),
               std::abs(std::int64_t{static_cast<std::int32_t>(little(bytes, 22, 4))}));
}

// Frames of an animation and EXIF lie behind the pixels: they are read from the whole file only.
Header webp_header(Bytes bytes) {
  if (bytes.size() < 30) return std::nullopt;
  const Bytes type = bytes.subspan(12, 4);
  if (begins_with(type, "VP8 ")) {
    return sized(little(bytes, 26, 2) & 0x3fff, little(bytes, 28, 2) & 0x3fff);
  }
  if (begins_with(type, "VP8L")) {
    const std::uint32_t sizes = little(bytes, 21, 4);
    return sized(1 + (sizes & 0x3fff), 1 + (sizes >> 14 & 0x3fff));
  }
  if (!begins_with(type, "VP8X")) return std::nullopt;
  Header header =
      sized(1 + std::int64_t{little(bytes, 24, 3)}, 1 + std::int64_t{little(bytes, 27, 3)});
  header->pictures = 0;
  for (std::size_t at = 12; at + 8 <= bytes.size();) {
    const std::size_t length = little(bytes, at + 4, 4);
    if (begins_with(bytes.subspan(at), "ANMF")) ++header->pictures;
    if (begins_with(bytes.subspan(at), "EXIF")) {
      Bytes exif = bytes.subspan(at + 8, std::min(length, bytes.size() - at - 8));
      if (begins_with(exif, "Exif\0\0"sv)) exif = exif.subspan(6);
      header->orientation = exif_orientation(exif).value_or(1);
    }
    at += 8 + length + length % 2;
  }
  header->pictures = std::max<std::int64_t>(header->pictures, 1);
  return header;
}

/// The words of a text header, comments left out.
class HeaderWords {
 public:
  explicit HeaderWords(Bytes bytes) : bytes_(bytes) {}

  std::string next() {
    std::string word;
    for (; at_ < bytes_.size() && word.size() < 64; ++at_) {
      const auto c = static_cast<char>(bytes_[at_]);
      if (c == '#' && word.empty()) {
        while (at_ < bytes_.size() && bytes_[at_] != '\n') ++at_;
      } else if (std::isspace(static_cast<unsigned char>(c)) == 0) {
        word += c;
      } else if (!word.empty()) {
        break;
      }
    }
    return word;
  }
  std::int64_t number() {
    const std::string word = next();
    std::int64_t value = 0;
    const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), value);
    return problem == std::errc() && value <= INT32_MAX ? value : 0;
  }

 private:
  Bytes bytes_;
  std::size_t at_ = 0;
};

Header pnm_header(Bytes bytes) {
  HeaderWords words(bytes);
  PictureHeader header;
  if (words.next() != "P7") {
    header.width_px = words.number();
    header.height_px = words.number();
    return header;
  }
  for (std::string word = words.next(); !word.empty() && word != "ENDHDR"; word = words.next()) {
    if (word == "WIDTH") header.width_px = words.number();
    if (word == "HEIGHT") header.height_px = words.number();
  }
  return header;
}

Header jpeg2000_header(Bytes bytes, bool& truncated) {
  constexpr std::array<std::uint8_t, 4> kStart = {0xff, 0x4f, 0xff, 0x51};
  const auto found = std::search(bytes.begin(), bytes.end(), kStart.begin(), kStart.end());
  const auto at = static_cast<std::size_t>(found - bytes.begin());
  truncated = at + 24 > bytes.size();
  if (truncated) return std::nullopt;
  return sized(std::int64_t{big(bytes, at + 8, 4)} - big(bytes, at + 16, 4),
               std::int64_t{big(bytes, at + 12, 4)} - big(bytes, at + 20, 4));
}

Header any_header(PictureFormat format, Bytes bytes, bool& truncated) {
  switch (format) {
    case PictureFormat::kPng:
      return png_header(bytes, truncated);
    case PictureFormat::kJpeg:
      return jpeg_header(bytes, truncated);
    case PictureFormat::kBmp:
      return bmp_header(bytes);
    case PictureFormat::kWebp:
      return webp_header(bytes);
    case PictureFormat::kPnm:
    case PictureFormat::kPfm:
      return pnm_header(bytes);
    case PictureFormat::kDpx:
      if (bytes.size() < 780) return std::nullopt;
      return bytes[0] == 'S' ? sized(big(bytes, 772, 4), big(bytes, 776, 4))
                             : sized(little(bytes, 772, 4), little(bytes, 776, 4));
    case PictureFormat::kTga:
      if (bytes.size() < 18) return std::nullopt;
      return sized(little(bytes, 12, 2), little(bytes, 14, 2));
    case PictureFormat::kJpeg2000:
      return jpeg2000_header(bytes, truncated);
    case PictureFormat::kTiff:
    case PictureFormat::kExr:
    case PictureFormat::kRadiance:
      break;
  }
  return std::nullopt;
}

}  // namespace

std::span<const PictureFormatInfo> picture_formats() { return kFormats; }

std::optional<PictureFormat> picture_format_of(Bytes start, const std::filesystem::path& file) {
  const auto begins = [&](std::string_view mark) { return begins_with(start, mark); };
  if (begins("\x89PNG\r\n\x1a\n")) return PictureFormat::kPng;
  if (begins("\xff\xd8\xff")) return PictureFormat::kJpeg;
  if (begins("II*\0"sv) || begins("MM\0*"sv) || begins("II+\0"sv) || begins("MM\0+"sv)) {
    return PictureFormat::kTiff;
  }
  if (begins("RIFF") && start.size() >= 12 && begins_with(start.subspan(8), "WEBP")) {
    return PictureFormat::kWebp;
  }
  if (begins("\x76\x2f\x31\x01")) return PictureFormat::kExr;
  if (begins("SDPX") || begins("XPDS")) return PictureFormat::kDpx;
  if (begins("#?RADIANCE") || begins("#?RGBE")) return PictureFormat::kRadiance;
  if (begins("\0\0\0\x0cjP  "sv) || begins("\xff\x4f\xff\x51")) return PictureFormat::kJpeg2000;
  if (begins("BM")) return PictureFormat::kBmp;
  if (start.size() >= 3 && start[0] == 'P' && std::isspace(start[2]) != 0) {
    if (start[1] >= '1' && start[1] <= '7') return PictureFormat::kPnm;
    if (start[1] == 'F' || start[1] == 'f') return PictureFormat::kPfm;
  }
  if (lower_extension(file) == ".tga") return PictureFormat::kTga;
  return std::nullopt;
}

std::optional<PictureHeader> header_in(PictureFormat format, Bytes start, bool& truncated) {
  truncated = false;
  Header header = any_header(format, start, truncated);
  if (header) header->format = format;
  return header;
}

}  // namespace rollingdepth
