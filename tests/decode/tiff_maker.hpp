#pragma once

#include <ATen/ATen.h>
#include <tiffio.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <vector>

namespace rollingdepth::testing {

/// How a TIFF file is laid out.
struct TiffLayout {
  int sample_format = SAMPLEFORMAT_UINT;
  bool tiled = false;
  bool separate = false;  ///< Each channel by itself.
  int compression = COMPRESSION_NONE;
  int orientation = ORIENTATION_TOPLEFT;
  bool straight_alpha = false;  ///< The fourth channel.
  int bits = 0;                 ///< To lie about, other than the values'.
};

/// Writes pages [H, W, C] of one dtype as grey (C = 1) or RGB.
inline void write_tiff(const std::filesystem::path& file, const std::vector<at::Tensor>& pages,
                       const TiffLayout& layout = {}) {
  TIFF* tiff = TIFFOpen(file.c_str(), "w");
  if (tiff == nullptr) throw std::runtime_error("cannot write " + file.string());
  for (const at::Tensor& page : pages) {
    const at::Tensor values = page.contiguous();
    const auto height = static_cast<std::uint32_t>(values.size(0));
    const auto width = static_cast<std::uint32_t>(values.size(1));
    const auto channels = static_cast<int>(values.size(2));
    const int bits = layout.bits > 0 ? layout.bits : static_cast<int>(8 * values.element_size());
    TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, width);
    TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, height);
    TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, channels);
    TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, bits);
    TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, layout.sample_format);
    TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC,
                 channels == 1 ? PHOTOMETRIC_MINISBLACK : PHOTOMETRIC_RGB);
    TIFFSetField(tiff, TIFFTAG_PLANARCONFIG,
                 layout.separate ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
    TIFFSetField(tiff, TIFFTAG_COMPRESSION, layout.compression);
    TIFFSetField(tiff, TIFFTAG_ORIENTATION, layout.orientation);
    if (channels == 4) {
      const std::uint16_t kind =
          layout.straight_alpha ? EXTRASAMPLE_UNASSALPHA : EXTRASAMPLE_ASSOCALPHA;
      TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &kind);
    }
    // Parts that do not divide the picture.
    constexpr std::uint32_t kTile = 16, kStrip = 5;
    if (layout.tiled) {
      TIFFSetField(tiff, TIFFTAG_TILEWIDTH, kTile);
      TIFFSetField(tiff, TIFFTAG_TILELENGTH, kTile);
    } else {
      TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, kStrip);
    }
    const std::uint32_t part_width = layout.tiled ? kTile : width;
    const std::uint32_t part_height = layout.tiled ? kTile : kStrip;
    for (int channel = 0; channel < (layout.separate ? channels : 1); ++channel) {
      for (std::uint32_t y = 0; y < height; y += part_height) {
        for (std::uint32_t x = 0; x < width; x += part_width) {
          at::Tensor part = values.slice(0, y, std::min(y + part_height, height))
                                .slice(1, x, std::min(x + part_width, width));
          if (layout.separate) part = part.slice(2, channel, channel + 1);
          if (layout.tiled) {
            const at::Tensor tile = at::zeros({kTile, kTile, part.size(2)}, part.options());
            tile.slice(0, 0, part.size(0)).slice(1, 0, part.size(1)).copy_(part);
            part = tile;
          }
          part = part.contiguous();
          const auto sample = static_cast<std::uint16_t>(channel);
          const auto size = static_cast<tmsize_t>(part.nbytes());
          if (layout.tiled) {
            TIFFWriteEncodedTile(tiff, TIFFComputeTile(tiff, x, y, 0, sample), part.data_ptr(),
                                 size);
          } else {
            TIFFWriteEncodedStrip(tiff, TIFFComputeStrip(tiff, y, sample), part.data_ptr(), size);
          }
        }
      }
    }
    TIFFWriteDirectory(tiff);
  }
  TIFFClose(tiff);
}

}  // namespace rollingdepth::testing
