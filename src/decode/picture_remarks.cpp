#include "decode/picture_remarks.hpp"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <cstdint>

#include "decode/color_conversion.hpp"
#include "decode/deinterlacer.hpp"

namespace rollingdepth {
namespace {

std::string ratio(AVRational value) {
  return std::to_string(value.num) + ":" + std::to_string(value.den);
}

// Files hold any number.
std::string matrix_name(int space) {
  const bool named = space >= 0 && space < AVCOL_SPC_NB;
  return named ? av_color_space_name(static_cast<AVColorSpace>(space)) : std::to_string(space);
}

// Whether any sample of a component is below its largest value.
bool any_below_largest(const AVFrame& picture, const AVComponentDescriptor& component,
                       bool big_endian) {
  const unsigned largest = (1U << component.depth) - 1;
  for (int y = 0; y < picture.height; ++y) {
    const std::uint8_t* row = picture.data[component.plane] +
                              static_cast<std::ptrdiff_t>(y) * picture.linesize[component.plane] +
                              component.offset;
    for (int x = 0; x < picture.width; ++x, row += component.step) {
      unsigned value = *row;
      if (component.depth > 8) {
        value = big_endian ? static_cast<unsigned>(row[0] << 8 | row[1])
                           : static_cast<unsigned>(row[1] << 8 | row[0]);
      }
      if ((value >> component.shift & largest) < largest) return true;
    }
  }
  return false;
}

}  // namespace

bool has_transparent_pixels(const AVFrame& picture) {
  const AVPixFmtDescriptor* format =
      av_pix_fmt_desc_get(static_cast<AVPixelFormat>(picture.format));
  if (format == nullptr || (format->flags & AV_PIX_FMT_FLAG_ALPHA) == 0) return false;
  // Samples of these are no plain numbers.
  constexpr std::uint64_t kOther = AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BITSTREAM |
                                   AV_PIX_FMT_FLAG_FLOAT | AV_PIX_FMT_FLAG_HWACCEL;
  const AVComponentDescriptor& alpha = format->comp[format->nb_components - 1];
  if ((format->flags & kOther) != 0 || alpha.depth > 16) return false;
  return any_below_largest(picture, alpha, (format->flags & AV_PIX_FMT_FLAG_BE) != 0);
}

void PictureRemarks::note(const AVFrame& picture) {
  note_shape(picture);
  note_colours(picture);
  if (is_interlaced(picture)) {
    any_interlaced_ = true;
    if (!deinterlaces_) {
      once(noted_interlaced_,
           "interlaced: both fields of a picture are taken as one, so that what moves is combed; "
           "--deinterlace makes whole pictures of them");
    }
  }
  if (!noted_alpha_ && has_transparent_pixels(picture)) note_transparency();
}

void PictureRemarks::note_transparency() {
  once(noted_alpha_, "transparent pixels: alpha is dropped, and the colours below it count");
}

void PictureRemarks::note_shape(const AVFrame& picture) {
  if (width_px_ == 0) {
    width_px_ = picture.width;
    height_px_ = picture.height;
  }
  if (picture.width != width_px_ || picture.height != height_px_) {
    once(noted_size_, "the picture size changes to " + std::to_string(picture.width) + "x" +
                          std::to_string(picture.height) +
                          " in mid-stream: scaled to the first one's");
    return;  // A change of the aspect goes with it.
  }
  const AVRational aspect = picture.sample_aspect_ratio;
  if (aspect.num <= 0 || aspect.den <= 0) return;
  if (aspect_.num == 0) aspect_ = aspect;
  if (av_cmp_q(aspect, aspect_) != 0) {
    once(noted_aspect_, "the pixel aspect changes from " + ratio(aspect_) + " to " + ratio(aspect) +
                            " in mid-stream: shown as the first pictures are");
  }
}

void PictureRemarks::note_colours(const AVFrame& picture) {
  if (has_hdr_transfer(picture)) {
    once(noted_hdr_,
         "HDR video (" + std::string(av_color_transfer_name(picture.color_trc)) +
             "): read without tone mapping, so pictures look flat and depth may suffer");
  }
  if (has_unknown_matrix(picture)) {
    once(noted_matrix_, "colour matrix " + matrix_name(libav_number(picture.colorspace)) +
                            " is not supported: colours may be off");
  }
}

void PictureRemarks::once(bool& noted, const std::string& remark) {
  if (!noted) lines_.push_back(remark);
  noted = true;
}

std::vector<std::string> PictureRemarks::lines(bool all_noted) const {
  std::vector<std::string> all = lines_;
  if (deinterlaces_ && !any_interlaced_ && all_noted) {
    all.emplace_back("--deinterlace: no picture is marked as interlaced, so all are as they were");
  }
  return all;
}

}  // namespace rollingdepth
