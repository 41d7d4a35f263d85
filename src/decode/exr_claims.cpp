#include "decode/exr_claims.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/file_descriptor.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr std::int64_t kLargestSide = 1 << 16;
// What is taken whatever the size of the file.
constexpr std::int64_t kUsualBytes = 64 << 20;
// The most that a compressed byte stands for.
constexpr std::int64_t kMostPerByte = 1100;

[[noreturn]] void refuse_damaged() { throw Error(ErrorKind::kInput, "not a picture, or damaged"); }

[[noreturn]] void refuse_claim() {
  throw Error(ErrorKind::kInput, "it says it has more than a file of its size can hold");
}

/// What of a header memory is taken for.
struct Claims {
  std::int64_t width_px = 0;
  std::int64_t height_px = 0;
  std::int64_t pixel_bytes = 0;
  std::int64_t tile_width_px = 0;  ///< 0: no tiles.
  std::int64_t tile_height_px = 0;
  std::int64_t block_rows = 32;  ///< That are compressed as one, at most.
};

std::int64_t number(std::string_view bytes, std::size_t at) {
  if (at + 4 > bytes.size()) refuse_damaged();
  std::uint32_t value = 0;
  for (std::size_t i = 4; i-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  }
  return static_cast<std::int32_t>(value);
}

// Of these OpenEXR reads as many bytes whatever the header says of their size.
constexpr auto kFixedBytes = std::to_array<std::pair<std::string_view, std::int64_t>>({
    {"box2f", 16},
    {"box2i", 16},
    {"chromaticities", 32},
    {"compression", 1},
    {"deepImageState", 1},
    {"double", 8},
    {"envmap", 1},
    {"float", 4},
    {"int", 4},
    {"keycode", 28},
    {"lineOrder", 1},
    {"m33d", 72},
    {"m33f", 36},
    {"m44d", 128},
    {"m44f", 64},
    {"rational", 8},
    {"tiledesc", 9},
    {"timecode", 8},
    {"v2d", 16},
    {"v2f", 8},
    {"v2i", 8},
    {"v3d", 24},
    {"v3f", 12},
    {"v3i", 12},
});

// A size that is not read would let OpenEXR see other attributes than are looked at here.
void require_size_that_is_read(std::string_view type, std::int64_t size) {
  const auto* const fixed = std::find_if(kFixedBytes.begin(), kFixedBytes.end(),
                                         [&](const auto& known) { return known.first == type; });
  if (fixed != kFixedBytes.end() && size != fixed->second) refuse_damaged();
  if (type == "floatvector" && size % 4 != 0) refuse_damaged();
}

// Each has a name, and behind it its type, four bytes of flags, and how it is sampled; an empty
// name ends them.
std::int64_t bytes_of_channels(std::string_view list) {
  constexpr std::size_t kBehindName = 16;
  constexpr std::int64_t kHalf = 1;
  std::int64_t bytes = 0;
  while (!list.empty() && list.front() != '\0') {
    const std::size_t name = list.find('\0');
    if (name == std::string_view::npos || name + 1 + kBehindName > list.size()) refuse_damaged();
    bytes += number(list, name + 1) == kHalf ? 2 : 4;
    list.remove_prefix(name + 1 + kBehindName);
  }
  if (list.size() != 1) refuse_damaged();
  return bytes;
}

class HeaderReader {
 public:
  explicit HeaderReader(const std::filesystem::path& file)
      : file_(FileDescriptor::open_to_read(file)),
        size_(static_cast<std::int64_t>(std::filesystem::file_size(file))) {}

  void read() {
    constexpr std::int64_t kMark = 20000630, kSeveralParts = 0x1000;
    const std::string start = bytes(8);
    if (number(start, 0) != kMark) refuse_damaged();
    const bool several = (number(start, 4) & kSeveralParts) != 0;
    while (read_header() && several) {
    }
  }

 private:
  std::string bytes(std::int64_t count) {
    if (count < 0 || count > size_ - at_) refuse_claim();
    std::string read(static_cast<std::size_t>(count), '\0');
    if (!file_.read_at(read.data(), read.size(), at_)) refuse_damaged();
    at_ += count;
    return read;
  }

  // Up to the zero behind it.
  std::string word() {
    constexpr std::int64_t kLongest = 256;
    const std::int64_t start = at_;
    const std::string read = bytes(std::min(kLongest, size_ - at_));
    const std::size_t end = read.find('\0');
    if (end == std::string::npos) refuse_damaged();
    at_ = start + static_cast<std::int64_t>(end) + 1;
    return read.substr(0, end);
  }

  // False for an empty one, which ends those of several parts.
  bool read_header() {
    Claims claims;
    bool any = false;
    for (std::string name = word(); !name.empty(); name = word()) {
      any = true;
      const std::string type = word();
      const std::int64_t size = number(bytes(4), 0);
      if (size < 0 || size > size_ - at_) refuse_claim();
      require_size_that_is_read(type, size);
      const std::int64_t end = at_ + size;
      take(name, type, size, claims);
      at_ = end;
    }
    if (any) check(claims);
    return any;
  }

  void take(const std::string& name, const std::string& type, std::int64_t size, Claims& claims) {
    if (type == "preview") {
      const std::string sides = bytes(8);
      const auto width = static_cast<std::uint32_t>(number(sides, 0));
      const auto height = static_cast<std::uint32_t>(number(sides, 4));
      // Four bytes a pixel.
      if (height > 0 && std::uint64_t{width} > static_cast<std::uint64_t>(size) / height / 4) {
        refuse_claim();
      }
      if (size != 8 + 4 * std::int64_t{width} * height) refuse_damaged();
    } else if (type == "chlist") {
      const std::int64_t pixel_bytes = bytes_of_channels(bytes(size));
      if (name == "channels") claims.pixel_bytes = pixel_bytes;
    } else if (name == "compression" && size > 0) {
      constexpr char kDwab = 9;
      if (bytes(1).front() == kDwab) claims.block_rows = 256;
    } else if (name == "dataWindow") {
      const std::string window = bytes(16);
      claims.width_px = number(window, 8) - number(window, 0) + 1;
      claims.height_px = number(window, 12) - number(window, 4) + 1;
    } else if (name == "tiles") {
      const std::string sides = bytes(8);
      claims.tile_width_px = number(sides, 0);
      claims.tile_height_px = number(sides, 4);
      if (claims.tile_width_px < 1 || claims.tile_height_px < 1) refuse_damaged();
    }
  }

  void check(const Claims& claims) const {
    for (const std::int64_t side : {claims.width_px, claims.height_px}) {
      if (side < 1 || side > kLargestSide) refuse_damaged();
    }
    const std::int64_t most = std::max(kUsualBytes, kMostPerByte * size_);
    const auto require = [](std::int64_t rows, std::int64_t row_bytes, std::int64_t bound) {
      if (rows > 0 && row_bytes > bound / rows) refuse_claim();
    };
    require(claims.block_rows, claims.width_px * claims.pixel_bytes, most);
    if (claims.tile_width_px == 0) return;
    if (claims.tile_width_px > kLargestSide || claims.tile_height_px > kLargestSide) refuse_claim();
    require(claims.tile_height_px, claims.tile_width_px * claims.pixel_bytes, most);
    // The table has eight bytes for each.
    const std::int64_t columns = (claims.width_px - 1) / claims.tile_width_px + 1;
    const std::int64_t rows = (claims.height_px - 1) / claims.tile_height_px + 1;
    require(rows, 8 * columns, size_);
  }

  FileDescriptor file_;
  std::int64_t size_ = 0;
  std::int64_t at_ = 0;
};

}  // namespace

void require_exr_claims(const std::filesystem::path& file) { HeaderReader(file).read(); }

}  // namespace rollingdepth
