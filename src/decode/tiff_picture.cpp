#include "decode/tiff_picture.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstring>
#include <memory>
#include <system_error>
#include <vector>

#include "decode/pixel_limit.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMaxPages = 1'000'000;

struct TiffCloser {
  void operator()(TIFF* tiff) const { TIFFClose(tiff); }
};
using TiffPtr = std::unique_ptr<TIFF, TiffCloser>;

/// An open file that counts libtiff's complaints instead of printing them.
class TiffFile {
 public:
  explicit TiffFile(const fs::path& file) {
    const std::unique_ptr<TIFFOpenOptions, decltype(&TIFFOpenOptionsFree)> options(
        TIFFOpenOptionsAlloc(), &TIFFOpenOptionsFree);
    TIFFOpenOptionsSetErrorHandlerExtR(options.get(), &count, &errors_);
    TIFFOpenOptionsSetWarningHandlerExtR(options.get(), &ignore, nullptr);
    // Not mapped: a file that shrinks meanwhile would end the program.
    tiff_.reset(TIFFOpenExt(file.c_str(), "rm", options.get()));
    if (!tiff_) throw Error(ErrorKind::kInput, "not a picture, or damaged");
  }
  TiffFile(const TiffFile&) = delete;
  TiffFile& operator=(const TiffFile&) = delete;

  [[nodiscard]] TIFF* get() const { return tiff_.get(); }
  [[nodiscard]] int errors() const { return errors_; }

  /// The value of a tag, or its default.
  template <class Value>
  [[nodiscard]] Value value(std::uint32_t tag) const {
    Value found{};
    TIFFGetFieldDefaulted(get(), tag, &found);
    return found;
  }
  [[nodiscard]] std::int64_t width_px() const { return value<std::uint32_t>(TIFFTAG_IMAGEWIDTH); }
  [[nodiscard]] std::int64_t height_px() const { return value<std::uint32_t>(TIFFTAG_IMAGELENGTH); }
  /// Whether the current directory is no thumbnail and no mask.
  [[nodiscard]] bool is_page() const {
    constexpr std::uint32_t kNoPage = FILETYPE_REDUCEDIMAGE | FILETYPE_MASK;
    return (value<std::uint32_t>(TIFFTAG_SUBFILETYPE) & kNoPage) == 0;
  }

 private:
  static int count(TIFF* /*tiff*/, void* errors, const char* /*module*/, const char* /*format*/,
                   va_list /*values*/) {
    ++*static_cast<int*>(errors);
    return 1;
  }
  static int ignore(TIFF* /*tiff*/, void* /*nothing*/, const char* /*module*/,
                    const char* /*format*/, va_list /*values*/) {
    return 1;
  }

  int errors_ = 0;  // Before tiff_, which complains to it while it closes.
  TiffPtr tiff_;
};

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorKind::kInput, why); }

/// How samples are stored.
struct SampleKind {
  int bits = 8;
  int format = SAMPLEFORMAT_UINT;
  int samples = 1;
  [[nodiscard]] bool is_float() const { return format == SAMPLEFORMAT_IEEEFP; }
  /// libtiff's own conversion to 8 bits takes no more.
  [[nodiscard]] bool is_deep() const { return is_float() || bits > 16; }
};

SampleKind sample_kind(const TiffFile& tiff) {
  SampleKind kind{.bits = tiff.value<std::uint16_t>(TIFFTAG_BITSPERSAMPLE),
                  .format = tiff.value<std::uint16_t>(TIFFTAG_SAMPLEFORMAT),
                  .samples = tiff.value<std::uint16_t>(TIFFTAG_SAMPLESPERPIXEL)};
  if (kind.format == SAMPLEFORMAT_VOID) kind.format = SAMPLEFORMAT_UINT;
  const std::string bits = std::to_string(kind.bits) + "-bit ";
  if (kind.format == SAMPLEFORMAT_INT) refuse("its samples are " + bits + "signed integers");
  if (kind.format > SAMPLEFORMAT_IEEEFP) refuse("its samples are complex numbers");
  if (kind.is_float() && kind.bits != 16 && kind.bits != 32 && kind.bits != 64) {
    refuse("its samples are " + bits + "floats; 16, 32 and 64 bits are read");
  }
  if (!kind.is_float() && kind.bits > 16 && kind.bits != 32) {
    refuse("its samples are " + bits + "integers; up to 16, and 32 bits are read");
  }
  return kind;
}

// Every part of the picture must lie within the file, and not stand for more than it can.
void require_parts(const TiffFile& tiff, const SampleKind& kind, std::uint64_t file_bytes) {
  if (TIFFIsTiled(tiff.get()) != 0) {
    // A tile is decoded as a whole, also where the picture is a small part of it.
    constexpr std::int64_t kUsualTile = std::int64_t{4096} * 4096;
    const std::int64_t tile = std::int64_t{tiff.value<std::uint32_t>(TIFFTAG_TILEWIDTH)} *
                              tiff.value<std::uint32_t>(TIFFTAG_TILELENGTH);
    if (tile > kUsualTile + tiff.width_px() * tiff.height_px()) refuse("its tiles are too large");
  }
  const std::uint32_t parts =
      TIFFIsTiled(tiff.get()) != 0 ? TIFFNumberOfTiles(tiff.get()) : TIFFNumberOfStrips(tiff.get());
  std::uint64_t stored = 0;
  for (std::uint32_t part = 0; part < parts; ++part) {
    const std::uint64_t begin = TIFFGetStrileOffset(tiff.get(), part);
    const std::uint64_t bytes = TIFFGetStrileByteCount(tiff.get(), part);
    if (begin == 0 || begin > file_bytes || bytes > file_bytes - begin) {
      refuse("the file is cut short: parts of the picture are missing");
    }
    stored += bytes;
    if (stored > file_bytes) break;  // Shared parts; enough is there.
  }
  // LZW's longest codes stand for 4096 bytes each; those of fax are not bounded, but of one bit.
  const std::uint16_t compression = tiff.value<std::uint16_t>(TIFFTAG_COMPRESSION);
  const double ratio = compression == COMPRESSION_NONE ? 1 : 4096;
  const double raw = static_cast<double>(tiff.width_px()) * static_cast<double>(tiff.height_px()) *
                     kind.samples * kind.bits / 8;
  const auto photometric = tiff.value<std::uint16_t>(TIFFTAG_PHOTOMETRIC);
  const bool subsampled = photometric == PHOTOMETRIC_YCBCR;
  if (kind.bits > 1 && raw / (subsampled ? 8 : 1) > ratio * static_cast<double>(stored)) {
    refuse("it says it has more pixels than its data can hold");
  }
}

// As libtiff converts it: any colour space, up to 16 bits.
PicturePixels read_converted(TiffFile& tiff, std::int64_t width, std::int64_t height) {
  // Told that alpha is multiplied in already, libtiff leaves the colours as they are stored.
  std::uint16_t count = 0;
  const std::uint16_t* extra = nullptr;
  TIFFGetFieldDefaulted(tiff.get(), TIFFTAG_EXTRASAMPLES, &count, &extra);
  if (count > 0 && extra[0] == EXTRASAMPLE_UNASSALPHA) {
    std::vector<std::uint16_t> told(extra, extra + count);
    told[0] = EXTRASAMPLE_ASSOCALPHA;
    TIFFSetField(tiff.get(), TIFFTAG_EXTRASAMPLES, count, told.data());
  }
  std::array<char, 1024> unsupported{};
  if (TIFFRGBAImageOK(tiff.get(), unsupported.data()) == 0) {
    refuse("TIFF pictures of its kind are not read (" +
           std::to_string(tiff.value<std::uint16_t>(TIFFTAG_BITSPERSAMPLE)) +
           " bits per sample, colour space " +
           std::to_string(tiff.value<std::uint16_t>(TIFFTAG_PHOTOMETRIC)) + ")");
  }
  // Turned later: libtiff only mirrors.
  const auto stored = tiff.value<std::uint16_t>(TIFFTAG_ORIENTATION);
  std::vector<std::uint32_t> raster(static_cast<std::size_t>(width * height));
  const int read = TIFFReadRGBAImageOriented(tiff.get(), static_cast<std::uint32_t>(width),
                                             static_cast<std::uint32_t>(height), raster.data(),
                                             stored, /*stopOnError=*/0);
  if (read == 0) refuse("not a picture, or damaged");
  PicturePixels pixels;
  pixels.rgb = at::empty({3, height, width}, at::kByte);
  auto* red = pixels.rgb.data_ptr<std::uint8_t>();
  const std::int64_t plane = width * height;
  for (std::int64_t i = 0; i < plane; ++i) {
    const std::uint32_t value = raster[static_cast<std::size_t>(i)];
    red[i] = static_cast<std::uint8_t>(TIFFGetR(value));
    red[plane + i] = static_cast<std::uint8_t>(TIFFGetG(value));
    red[2 * plane + i] = static_cast<std::uint8_t>(TIFFGetB(value));
    pixels.transparent = pixels.transparent || TIFFGetA(value) != 255;
  }
  return pixels;
}

std::uint8_t level_of(const std::uint8_t* at, const SampleKind& kind, OutOfRange& counts) {
  const auto load = [at](auto value) {
    std::memcpy(&value, at, sizeof(value));
    return value;
  };
  if (!kind.is_float() && kind.bits == 8) return *at;
  if (!kind.is_float() && kind.bits == 16) {
    return static_cast<std::uint8_t>(load(std::uint16_t{}) >> 8);
  }
  if (!kind.is_float()) return static_cast<std::uint8_t>(load(std::uint32_t{}) >> 24);
  if (kind.bits == 16) return srgb_level(static_cast<float>(load(at::Half{})), counts);
  if (kind.bits == 32) return srgb_level(load(float{}), counts);
  return srgb_level(static_cast<float>(load(double{})), counts);
}

// Sample by sample, by strips or tiles, which are strips of less than full width.
class SampleReader {
 public:
  SampleReader(TiffFile& tiff, const SampleKind& kind) : tiff_(tiff), kind_(kind) {
    const auto photometric = tiff.value<std::uint16_t>(TIFFTAG_PHOTOMETRIC);
    if (photometric != PHOTOMETRIC_RGB && photometric != PHOTOMETRIC_MINISBLACK) {
      refuse("its samples are floats or of 32 bits, which are read as grey or RGB only");
    }
    colours_ = photometric == PHOTOMETRIC_RGB ? 3 : 1;
    if (kind.samples < colours_) refuse("it lacks colours");
    tiled_ = TIFFIsTiled(tiff.get()) != 0;
    separate_ = tiff.value<std::uint16_t>(TIFFTAG_PLANARCONFIG) == PLANARCONFIG_SEPARATE;
    part_width_ = tiled_ ? tiff.value<std::uint32_t>(TIFFTAG_TILEWIDTH) : tiff.width_px();
    part_height_ = std::min<std::int64_t>(
        tiff.value<std::uint32_t>(tiled_ ? TIFFTAG_TILELENGTH : TIFFTAG_ROWSPERSTRIP),
        tiled_ ? INT32_MAX : tiff.height_px());
    if (part_width_ < 1 || part_height_ < 1) refuse("not a picture, or damaged");
    const std::int64_t bytes = tiled_ ? TIFFTileSize64(tiff.get()) : TIFFStripSize64(tiff.get());
    const std::int64_t needed =
        part_width_ * part_height_ * (separate_ ? 1 : kind.samples) * kind.bits / 8;
    if (bytes != needed || bytes > INT32_MAX) refuse("not a picture, or damaged");
    part_.resize(static_cast<std::size_t>(bytes));
  }

  PicturePixels read() {
    const std::int64_t width = tiff_.width_px(), height = tiff_.height_px();
    pixels_.rgb = at::zeros({3, height, width}, at::kByte);
    // Alpha, which stands first among further samples, is looked at where it lies beside colours.
    has_alpha_ = !separate_ && kind_.samples > colours_;
    for (int sample = 0; sample < (separate_ ? colours_ : 1); ++sample) {
      for (std::int64_t y = 0; y < height; y += part_height_) {
        for (std::int64_t x = 0; x < width; x += part_width_) {
          if (load_part(x, y, sample)) take_part(x, y, sample);
        }
      }
    }
    for (int channel = colours_; channel < 3; ++channel) pixels_.rgb[channel].copy_(pixels_.rgb[0]);
    return std::move(pixels_);
  }

 private:
  // False where a part cannot be decoded; libtiff has counted that.
  bool load_part(std::int64_t x, std::int64_t y, int sample) {
    const auto at_x = static_cast<std::uint32_t>(x), at_y = static_cast<std::uint32_t>(y);
    const auto at_sample = static_cast<std::uint16_t>(sample);
    const auto size = static_cast<tmsize_t>(part_.size());
    if (tiled_) {
      const std::uint32_t tile = TIFFComputeTile(tiff_.get(), at_x, at_y, 0, at_sample);
      return TIFFReadEncodedTile(tiff_.get(), tile, part_.data(), size) >= 0;
    }
    const std::uint32_t strip = TIFFComputeStrip(tiff_.get(), at_y, at_sample);
    return TIFFReadEncodedStrip(tiff_.get(), strip, part_.data(), size) >= 0;
  }

  void take_part(std::int64_t x0, std::int64_t y0, int sample) {
    const std::int64_t width = tiff_.width_px(), height = tiff_.height_px();
    const std::int64_t columns = std::min(part_width_, width - x0);
    const std::int64_t rows = std::min(part_height_, height - y0);
    const std::int64_t bytes = kind_.bits / 8, step = separate_ ? 1 : kind_.samples;
    auto* rgb = pixels_.rgb.data_ptr<std::uint8_t>();
    for (std::int64_t y = 0; y < rows; ++y) {
      for (std::int64_t x = 0; x < columns; ++x) {
        const std::uint8_t* pixel = part_.data() + (y * part_width_ + x) * step * bytes;
        for (int channel = 0; channel < (separate_ ? 1 : colours_); ++channel) {
          const std::int64_t plane = (separate_ ? sample : channel) * height * width;
          rgb[plane + (y0 + y) * width + x0 + x] =
              level_of(pixel + channel * bytes, kind_, pixels_.out_of_range);
        }
        if (has_alpha_ && !pixels_.transparent) {
          OutOfRange ignored;
          pixels_.transparent = level_of(pixel + colours_ * bytes, kind_, ignored) < 255;
        }
      }
    }
  }

  TiffFile& tiff_;
  SampleKind kind_;
  int colours_ = 1;
  bool tiled_ = false;
  bool separate_ = false;
  bool has_alpha_ = false;
  std::int64_t part_width_ = 0;
  std::int64_t part_height_ = 0;
  std::vector<std::uint8_t> part_;
  PicturePixels pixels_;
};

// Whether samples are to be read one by one. libtiff's own conversion takes no more than 16 bits,
// and refuses tiles that are stored as they are unless their size suits its buffer.
bool reads_samples(const TiffFile& tiff, const SampleKind& kind) {
  if (kind.is_deep()) return true;
  const auto photometric = tiff.value<std::uint16_t>(TIFFTAG_PHOTOMETRIC);
  return TIFFIsTiled(tiff.get()) != 0 &&
         tiff.value<std::uint16_t>(TIFFTAG_COMPRESSION) == COMPRESSION_NONE &&
         (kind.bits == 8 || kind.bits == 16) &&
         (photometric == PHOTOMETRIC_RGB || photometric == PHOTOMETRIC_MINISBLACK);
}

}  // namespace

PictureHeader tiff_header(const fs::path& file) {
  const TiffFile tiff(file);
  PictureHeader header{.format = PictureFormat::kTiff, .pictures = 0};
  std::int64_t directories = 0;
  do {
    if (!tiff.is_page()) continue;
    if (++header.pictures == 1) {
      header.width_px = tiff.width_px();
      header.height_px = tiff.height_px();
      header.orientation = tiff.value<std::uint16_t>(TIFFTAG_ORIENTATION);
    }
    header.same_size = header.same_size && tiff.width_px() == header.width_px &&
                       tiff.height_px() == header.height_px;
  } while (++directories < kMaxPages && TIFFReadDirectory(tiff.get()) != 0);
  if (header.pictures == 0) refuse("it holds no picture");
  return header;
}

TiffPicture read_tiff_page(const fs::path& file, std::int64_t page, std::int64_t max_pixels) {
  TiffFile tiff(file);
  for (std::int64_t seen = tiff.is_page() ? 0 : -1; seen < page;) {
    if (TIFFReadDirectory(tiff.get()) == 0) refuse("it has fewer pages than before");
    if (tiff.is_page()) ++seen;
  }
  const std::int64_t width = tiff.width_px(), height = tiff.height_px();
  require_pixels(width, height, max_pixels);
  const SampleKind kind = sample_kind(tiff);
  require_parts(tiff, kind, fs::file_size(file));
  TiffPicture picture;
  picture.orientation = tiff.value<std::uint16_t>(TIFFTAG_ORIENTATION);
  picture.pixels = reads_samples(tiff, kind) ? SampleReader(tiff, kind).read()
                                             : read_converted(tiff, width, height);
  picture.damaged = tiff.errors() > 0;
  return picture;
}

}  // namespace rollingdepth
