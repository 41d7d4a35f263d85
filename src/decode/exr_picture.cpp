#include "decode/exr_picture.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/zeros.h>
#include <ImfChannelList.h>
#include <ImfHeader.h>
#include <ImfInputFile.h>
#include <ImfRgbaFile.h>

#include <algorithm>
#include <limits>
#include <new>
#include <string>
#include <vector>

#include "decode/exr_claims.hpp"
#include "decode/pixel_limit.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

std::int64_t width_of(const Imath::Box2i& window) {
  return std::int64_t{window.max.x} - window.min.x + 1;
}
std::int64_t height_of(const Imath::Box2i& window) {
  return std::int64_t{window.max.y} - window.min.y + 1;
}

// Opening a file takes memory by its width; holds for the whole process.
void limit_sides() {
  constexpr int kLargestSide = 1 << 16;
  Imf::Header::setMaxImageSize(kLargestSide, kLargestSide);
}

// OpenEXR's messages name its functions and the file once more.
template <class Reading>
auto in_own_words(Reading&& reading) try {
  return reading();
} catch (const Error&) {
  throw;
} catch (const std::bad_alloc&) {
  throw;
} catch (const std::exception&) {
  throw Error(ErrorKind::kInput, "not a picture, or damaged");
}

// OpenEXR would take what is neither for black.
void require_colour(const Imf::ChannelList& channels) {
  for (const char* name : {"R", "G", "B", "Y"}) {
    if (channels.findChannel(name) != nullptr) return;
  }
  std::string names;
  for (auto channel = channels.begin(); channel != channels.end(); ++channel) {
    names += (names.empty() ? "" : ", ") + std::string(channel.name());
  }
  throw Error(ErrorKind::kInput, "it has no colour channels R, G, B or Y, but: " + names);
}

// Bytes of all samples before they were compressed.
double raw_bytes(const Imf::Header& header) {
  double bytes_per_pixel = 0;
  const Imf::ChannelList& channels = header.channels();
  for (auto channel = channels.begin(); channel != channels.end(); ++channel) {
    const double bytes = channel.channel().type == Imf::HALF ? 2 : 4;
    bytes_per_pixel += bytes / channel.channel().xSampling / channel.channel().ySampling;
  }
  const Imath::Box2i& window = header.dataWindow();
  return bytes_per_pixel * static_cast<double>(width_of(window)) *
         static_cast<double>(height_of(window));
}

// The most that a byte can stand for; nothing where there is no such bound.
double largest_ratio(Imf::Compression compression) {
  switch (compression) {
    case Imf::NO_COMPRESSION:
      return 1;
    case Imf::RLE_COMPRESSION:
      return 64;
    case Imf::ZIPS_COMPRESSION:
    case Imf::ZIP_COMPRESSION:
    case Imf::PXR24_COMPRESSION:
      return 1100;  // Deflate's is 1032.
    default:
      return 0;
  }
}

/// Rows of a picture, read some at a time.
class RowBlock {
 public:
  static constexpr int kRows = 64;

  explicit RowBlock(Imf::RgbaInputFile& file)
      : file_(file),
        window_(file.dataWindow()),
        width_(static_cast<std::size_t>(width_of(window_))),
        pixels_(width_ * kRows) {}

  /// The row `y` of the data window; rows are asked for from above.
  const Imf::Rgba* row(int y) {
    if (first_ > y || y >= first_ + kRows) {
      first_ = y;
      // OpenEXR wants to know where the pixel (0, 0) would be.
      Imf::Rgba* origin = pixels_.data() - window_.min.x - std::ptrdiff_t{y} * stride();
      file_.setFrameBuffer(origin, 1, width_);
      file_.readPixels(y, std::min(y + kRows - 1, window_.max.y));
    }
    return pixels_.data() + (y - first_) * stride();
  }

 private:
  [[nodiscard]] std::ptrdiff_t stride() const { return static_cast<std::ptrdiff_t>(width_); }

  Imf::RgbaInputFile& file_;
  Imath::Box2i window_;
  std::size_t width_;
  std::vector<Imf::Rgba> pixels_;
  int first_ = std::numeric_limits<int>::max() - kRows;
};

PicturePixels shown_pixels(Imf::RgbaInputFile& file) {
  const Imath::Box2i shown = file.displayWindow();
  const Imath::Box2i stored = file.dataWindow();
  const std::int64_t width = width_of(shown), height = height_of(shown);
  PicturePixels pixels;
  pixels.rgb = at::zeros({3, height, width}, at::kByte);
  auto* red = pixels.rgb.data_ptr<std::uint8_t>();
  std::uint8_t* green = red + height * width;
  std::uint8_t* blue = green + height * width;
  RowBlock block(file);
  const int left = std::max(shown.min.x, stored.min.x), right = std::min(shown.max.x, stored.max.x);
  for (int y = std::max(shown.min.y, stored.min.y); y <= std::min(shown.max.y, stored.max.y); ++y) {
    const Imf::Rgba* row = block.row(y) - stored.min.x;
    std::int64_t out = (std::int64_t{y} - shown.min.y) * width + left - shown.min.x;
    for (int x = left; x <= right; ++x, ++out) {
      red[out] = srgb_level(row[x].r, pixels.out_of_range);
      green[out] = srgb_level(row[x].g, pixels.out_of_range);
      blue[out] = srgb_level(row[x].b, pixels.out_of_range);
      pixels.transparent = pixels.transparent || row[x].a < 1;
    }
  }
  return pixels;
}

}  // namespace

PictureHeader exr_header(const std::filesystem::path& file) {
  return in_own_words([&] {
    limit_sides();
    require_exr_claims(file);
    const Imf::InputFile picture(file.c_str());
    const Imath::Box2i& window = picture.header().displayWindow();
    return PictureHeader{.format = PictureFormat::kExr,
                         .width_px = width_of(window),
                         .height_px = height_of(window)};
  });
}

void require_whole_exr(const std::filesystem::path& file, std::int64_t max_pixels) {
  limit_sides();
  require_exr_claims(file);
  const Imf::InputFile picture(file.c_str());
  const Imf::Header& header = picture.header();
  for (const Imath::Box2i& window : {header.dataWindow(), header.displayWindow()}) {
    require_pixels(width_of(window), height_of(window), max_pixels);
  }
  if (!picture.isComplete()) {
    throw Error(ErrorKind::kInput, "the file is cut short: parts of the picture are missing");
  }
  const double ratio = largest_ratio(header.compression());
  if (ratio > 0 &&
      raw_bytes(header) > ratio * static_cast<double>(std::filesystem::file_size(file))) {
    throw Error(ErrorKind::kInput, "it says it has more pixels than a file of its size can hold");
  }
}

PicturePixels read_exr_picture(const std::filesystem::path& file, std::int64_t max_pixels) {
  return in_own_words([&] {
    require_whole_exr(file, max_pixels);
    Imf::RgbaInputFile picture(file.c_str());
    require_colour(picture.header().channels());
    return shown_pixels(picture);
  });
}

}  // namespace rollingdepth
