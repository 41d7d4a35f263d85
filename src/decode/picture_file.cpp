#include "decode/picture_file.hpp"

#include <algorithm>
#include <fstream>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "decode/exif_orientation.hpp"
#include "decode/exr_picture.hpp"
#include "decode/pfm_picture.hpp"
#include "decode/picture_faults.hpp"
#include "decode/picture_geometry.hpp"
#include "decode/picture_pixels.hpp"
#include "decode/pixel_limit.hpp"
#include "decode/still_decoder.hpp"
#include "decode/tiff_picture.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNoPicture = "not a picture, or damaged";

std::string size_text(std::int64_t width_px, std::int64_t height_px) {
  return std::to_string(width_px) + "x" + std::to_string(height_px);
}

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorKind::kInput, why); }

/// Runs `reading`; whatever it throws names the file.
template <class Reading>
auto reading_of(const fs::path& file, Reading&& reading) {
  return with_context(ErrorKind::kInput, "cannot read picture " + file.string(), [&] {
    std::error_code problem;
    if (!fs::exists(file, problem)) refuse("no such file");
    if (!fs::is_regular_file(file, problem)) refuse("it is not a file");
    if (fs::file_size(file, problem) == 0) refuse("the file is empty");
    try {
      return reading();
    } catch (const std::system_error& error) {
      refuse(error.code().message());
    }
  });
}

std::vector<std::uint8_t> first_bytes(const fs::path& file, std::size_t count) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw std::system_error(errno, std::generic_category());
  std::vector<std::uint8_t> bytes(count);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(count));
  bytes.resize(static_cast<std::size_t>(in.gcount()));
  return bytes;
}

PictureFormat require_format(std::span<const std::uint8_t> start, const fs::path& file) {
  const auto format = picture_format_of(start, file);
  if (!format) refuse(kNoPicture);
  if (format == PictureFormat::kRadiance) {
    refuse("Radiance HDR pictures are not read; convert them to OpenEXR");
  }
  return *format;
}

PictureHeader header_of(const fs::path& file) {
  // As a rule the size stands in the first bytes; EXIF and ICC blocks may come before it.
  constexpr std::size_t kFirstBytes = 4096, kMostBytes = std::size_t{1} << 26;
  for (std::size_t count = kFirstBytes; count <= kMostBytes; count *= 16) {
    const std::vector<std::uint8_t> start = first_bytes(file, count);
    const PictureFormat format = require_format(start, file);
    if (format == PictureFormat::kExr) return exr_header(file);
    if (format == PictureFormat::kTiff) return tiff_header(file);
    bool truncated = false;
    if (const auto header = header_in(format, start, truncated)) return *header;
    if (!truncated || start.size() < count) break;
  }
  refuse(kNoPicture);
}

/// A picture that libav decodes.
struct Still {
  PictureHeader header;
  FramePtr frame;
  bool ycck = false;
  std::optional<std::string> damage;
};

PictureHeader require_header(PictureFormat format, std::span<const std::uint8_t> bytes) {
  bool truncated = false;
  const auto header = header_in(format, bytes, truncated);
  if (!header) refuse(truncated ? "the file is cut short" : kNoPicture);
  return *header;
}

PicturePixels pfm_pixels(const fs::path& file, std::int64_t max_pixels) {
  const PictureBytes bytes(file);
  const PictureHeader header = require_header(PictureFormat::kPfm, bytes.content());
  require_pixels(header.width_px, header.height_px, max_pixels);
  return read_pfm(header, bytes.content());
}

Still decoded_still(PictureFormat format, const fs::path& file, std::int64_t max_pixels) {
  PictureBytes bytes(file);
  const PictureHeader header = require_header(format, bytes.content());
  require_pixels_for_libav(header.width_px, header.height_px, max_pixels);
  const auto size = static_cast<std::int64_t>(bytes.content().size());
  if (size < fewest_bytes(header, bytes.content())) {
    refuse("it says it has " + size_text(header.width_px, header.height_px) +
           " pixels, more than its " + std::to_string(size) + " bytes can hold");
  }
  const auto fault = picture_fault(format, bytes.content());
  if (fault && fault->fatal) refuse(fault->what);
  if (format == PictureFormat::kWebp && header.pictures > 1) {
    refuse("it is an animation of " + std::to_string(header.pictures) +
           " pictures, and FFmpeg decodes WebP of one only; convert it to PNG pictures or a video");
  }
  Still still{.header = header, .frame = nullptr, .ycck = false, .damage = {}};
  DecodedStill decoded = decode_still(format, bytes);
  if (!decoded.frame) refuse(fault ? "damaged: " + fault->what : kNoPicture);
  if (decoded.damaged) still.damage = "parts of it cannot be decoded";
  if (fault) still.damage = fault->what;
  still.frame = std::move(decoded.frame);
  still.ycck = decoded.ycck;
  return still;
}

Picture picture_of(PicturePixels pixels, int orientation, std::optional<std::string> damage) {
  return {.rgb = oriented(pixels.rgb, orientation_of_exif(orientation)),
          .damage = std::move(damage),
          .transparent = pixels.transparent,
          .out_of_range = pixels.out_of_range};
}

}  // namespace

PictureHeader read_picture_header(const fs::path& file) {
  return reading_of(file, [&] { return header_of(file); });
}

Picture read_picture(const fs::path& file, std::int64_t max_pixels, std::int64_t page) {
  return reading_of(file, [&] {
    const PictureFormat format = require_format(first_bytes(file, 32), file);
    if (format == PictureFormat::kExr) {
      return picture_of(read_exr_picture(file, max_pixels), 1, std::nullopt);
    }
    if (format == PictureFormat::kPfm) {
      return picture_of(pfm_pixels(file, max_pixels), 1, std::nullopt);
    }
    if (format == PictureFormat::kTiff) {
      TiffPicture tiff = read_tiff_page(file, page, max_pixels);
      std::optional<std::string> damage;
      if (tiff.damaged) damage = "parts of it cannot be decoded";
      return picture_of(std::move(tiff.pixels), tiff.orientation, damage);
    }
    Still still = decoded_still(format, file, max_pixels);
    return picture_of(picture_pixels(std::move(still.frame), still.ycck), still.header.orientation,
                      std::move(still.damage));
  });
}

at::Tensor read_grey_picture(const fs::path& file, std::int64_t max_pixels) {
  return reading_of(file, [&] {
    const PictureFormat format = require_format(first_bytes(file, 32), file);
    if (format == PictureFormat::kExr || format == PictureFormat::kTiff ||
        format == PictureFormat::kPfm) {
      refuse("depth is a grey PNG picture, or OpenEXR in a folder of such");
    }
    const Still still = decoded_still(format, file, max_pixels);
    if (still.damage) refuse("damaged: " + *still.damage);
    return grey_levels(*still.frame);
  });
}

void require_same_size(const fs::path& picture, std::int64_t width_px, std::int64_t height_px,
                       std::int64_t first_width_px, std::int64_t first_height_px) {
  if (width_px == first_width_px && height_px == first_height_px) return;
  throw Error(ErrorKind::kInput, "picture " + picture.string() + " is " +
                                     size_text(width_px, height_px) + ", but the first one is " +
                                     size_text(first_width_px, first_height_px));
}

}  // namespace rollingdepth
