#include "decode/exif_orientation.hpp"

#include <cstddef>

namespace rollingdepth {
namespace {

constexpr std::uint32_t kOrientationTag = 0x0112;
constexpr std::uint32_t kShortType = 3;

/// Numbers of a TIFF structure; 0 beyond its end.
class TiffBytes {
 public:
  explicit TiffBytes(std::span<const std::uint8_t> bytes)
      : bytes_(bytes), big_endian_(!bytes.empty() && bytes[0] == 'M') {}

  [[nodiscard]] std::uint32_t number(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) {
      value = value << 8 | bytes_[at + (big_endian_ ? i : size - 1 - i)];
    }
    return value;
  }

 private:
  std::span<const std::uint8_t> bytes_;
  bool big_endian_;
};

}  // namespace

std::optional<int> exif_orientation(std::span<const std::uint8_t> tiff) {
  if (tiff.size() < 8 || tiff[0] != tiff[1] || (tiff[0] != 'I' && tiff[0] != 'M')) {
    return std::nullopt;
  }
  const TiffBytes bytes(tiff);
  const std::size_t directory = bytes.number(4, 4);
  const std::uint32_t entries = bytes.number(directory, 2);
  for (std::uint32_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + std::size_t{12} * i;
    if (bytes.number(entry, 2) != kOrientationTag) continue;
    const std::uint32_t value = bytes.number(entry + 8, 2);
    if (bytes.number(entry + 2, 2) != kShortType || value < 1 || value > 8) return std::nullopt;
    return static_cast<int>(value);
  }
  return std::nullopt;
}

Orientation orientation_of_exif(int exif) {
  return {.transpose = exif >= 5 && exif <= 8,
          .flip_horizontal = exif == 2 || exif == 3 || exif == 6 || exif == 7,
          .flip_vertical = exif == 3 || exif == 4 || exif == 7 || exif == 8};
}

}  // namespace rollingdepth
