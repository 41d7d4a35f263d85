#include "decode/color_conversion.hpp"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <array>
#include <opencv2/core.hpp>
#include <optional>
#include <utility>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

// The "j" formats say "full range" in their name; libswscale wants it said separately.
std::optional<AVPixelFormat> without_j(AVPixelFormat format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ411P:
      return AV_PIX_FMT_YUV411P;
    case AV_PIX_FMT_YUVJ420P:
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ440P:
      return AV_PIX_FMT_YUV440P;
    case AV_PIX_FMT_YUVJ444P:
      return AV_PIX_FMT_YUV444P;
    default:
      return std::nullopt;
  }
}

// SWS_CS_* of a colour matrix, or nothing where libswscale has none for it.
std::optional<int> known_matrix(int space) {
  switch (space) {
    case AVCOL_SPC_BT709:
      return SWS_CS_ITU709;
    case AVCOL_SPC_FCC:
      return SWS_CS_FCC;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
      return SWS_CS_ITU601;
    case AVCOL_SPC_SMPTE240M:
      return SWS_CS_SMPTE240M;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return SWS_CS_BT2020;
    default:
      return std::nullopt;
  }
}

bool is_rgb(const AVPixFmtDescriptor& format) { return (format.flags & AV_PIX_FMT_FLAG_RGB) != 0; }

bool is_grey(const AVPixFmtDescriptor& format) {
  return format.nb_components <= 2 && !is_rgb(format);
}

// Bilinear as the recorded frames were made. Where colour is stored at full width, libswscale would
// halve it on the way: the extra flags keep it, and keep deep RGB exact.
int scaler_flags(const AVPixFmtDescriptor& format, ChromaScaling chroma) {
  const bool as_recorded = chroma == ChromaScaling::kAsRecorded;
  if (is_grey(format) || (as_recorded && format.log2_chroma_w != 0)) return SWS_BILINEAR;
  return SWS_BILINEAR | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP | SWS_ACCURATE_RND;
}

// libswscale copies 8-bit grey as it is, whatever range it is told.
void expand_limited_range(at::Tensor& rgb) {
  std::array<std::uint8_t, 256> table{};
  for (int level = 0; level < 256; ++level) {
    table[level] = cv::saturate_cast<std::uint8_t>((level - 16) * 255.0 / 219.0);
  }
  cv::Mat values(static_cast<int>(rgb.size(0) * rgb.size(1)), static_cast<int>(rgb.size(2)),
                 CV_8UC1, rgb.data_ptr());
  cv::LUT(values, cv::Mat(1, 256, CV_8UC1, table.data()), values);
}

}  // namespace

at::Tensor planes_from_pixels(const std::uint8_t* pixels, std::size_t row_bytes, int height_px,
                              int width_px, ChannelOrder order) {
  at::Tensor rgb = at::empty({3, height_px, width_px}, at::kByte);
  const cv::Mat interleaved(height_px, width_px, CV_8UC3, const_cast<std::uint8_t*>(pixels),
                            row_bytes);
  std::array<cv::Mat, 3> planes;
  for (int channel = 0; channel < 3; ++channel) {
    const int plane = order == ChannelOrder::kRgb ? channel : 2 - channel;
    planes[channel] = cv::Mat(height_px, width_px, CV_8UC1, rgb[plane].data_ptr());
  }
  cv::split(interleaved, planes.data());
  return rgb;
}

bool has_unknown_matrix(const AVFrame& frame) {
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  if (format == nullptr || is_rgb(*format) || is_grey(*format)) return false;
  const int space = libav_number(frame.colorspace);
  return space != AVCOL_SPC_UNSPECIFIED && space != AVCOL_SPC_RESERVED && !known_matrix(space);
}

bool has_hdr_transfer(const AVFrame& frame) {
  const int transfer = libav_number(frame.color_trc);
  return transfer == AVCOL_TRC_SMPTE2084 || transfer == AVCOL_TRC_ARIB_STD_B67;
}

ColorConverter::Source ColorConverter::source_of(const AVFrame& frame) {
  const auto tagged_format = static_cast<AVPixelFormat>(frame.format);
  const std::optional<AVPixelFormat> plain_format = without_j(tagged_format);
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(tagged_format);
  const bool grey = description != nullptr && is_grey(*description);
  const bool high_definition = frame.width >= 1280 || frame.height >= 720;
  const int untagged_matrix = high_definition ? SWS_CS_ITU709 : SWS_CS_ITU601;
  const int range = libav_number(frame.color_range);
  return {.width_px = frame.width,
          .height_px = frame.height,
          .format = plain_format.value_or(tagged_format),
          .matrix = known_matrix(libav_number(frame.colorspace)).value_or(untagged_matrix),
          .full_range = plain_format.has_value() || range == AVCOL_RANGE_JPEG ||
                        (grey && range == AVCOL_RANGE_UNSPECIFIED)};
}

void ColorConverter::rebuild(const Source& source) {
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(source.format);
  if (description == nullptr || sws_isSupportedInput(source.format) == 0) {
    const char* name = description != nullptr ? description->name : "unknown";
    throw Error(ErrorKind::kInput, "pixel format " + std::string(name) + " cannot be converted");
  }
  scaler_.reset(sws_getContext(source.width_px, source.height_px, source.format, source.width_px,
                               source.height_px, AV_PIX_FMT_RGB24,
                               scaler_flags(*description, chroma_), nullptr, nullptr, nullptr));
  rgb_.reset(av_frame_alloc());
  if (!scaler_ || !rgb_) throw Error(ErrorKind::kInput, "cannot set up colour conversion");
  // Of no effect, and refused, for RGB: the result does not matter.
  sws_setColorspaceDetails(scaler_.get(), sws_getCoefficients(source.matrix), source.full_range,
                           sws_getCoefficients(SWS_CS_DEFAULT), /*dstRange=*/0, /*brightness=*/0,
                           /*contrast=*/1 << 16, /*saturation=*/1 << 16);
  rgb_->format = AV_PIX_FMT_RGB24;
  rgb_->width = source.width_px;
  rgb_->height = source.height_px;
  const int allocated = av_frame_get_buffer(rgb_.get(), /*align=*/64);
  if (allocated < 0) throw Error(ErrorKind::kInput, libav_error_text(allocated));
  source_ = source;
}

at::Tensor ColorConverter::to_rgb(const AVFrame& frame) {
  const Source source = source_of(frame);
  if (!scaler_ || source != source_) rebuild(source);
  const int rows = sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, rgb_->data,
                             rgb_->linesize);
  if (rows < 0) throw Error(ErrorKind::kInput, "colour conversion: " + libav_error_text(rows));
  at::Tensor rgb = planes_from_pixels(rgb_->data[0], static_cast<std::size_t>(rgb_->linesize[0]),
                                      frame.height, frame.width, ChannelOrder::kRgb);
  if (source.format == AV_PIX_FMT_GRAY8 && !source.full_range) expand_limited_range(rgb);
  return rgb;
}

}  // namespace rollingdepth
