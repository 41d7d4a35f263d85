#include "write/rgb_to_yuv.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "rollingdepth/error.hpp"
#include "write/video_codec.hpp"

extern "C" {
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
}

namespace rollingdepth {
namespace {

ScalerPtr make_scaler(int width_px, int height_px, const YuvFormat& to) {
  ScalerPtr scaler(sws_alloc_context());
  if (!scaler) throw std::bad_alloc();
  const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(to.pixels);
  constexpr int kBetween = 128;  // In 256ths of a pixel.
  constexpr int kUnset = -513;   // For chroma of full size, which lies where luma does.
  for (const auto& [name, value] :
       {std::pair{"srcw", width_px},
        {"srch", height_px},
        {"src_format", static_cast<int>(AV_PIX_FMT_RGB24)},
        {"dstw", width_px},
        {"dsth", height_px},
        {"dst_format", static_cast<int>(to.pixels)},
        {"dst_h_chr_pos", format.log2_chroma_w == 0 ? kUnset
                          : to.full_range           ? kBetween
                                                    : 0},
        {"dst_v_chr_pos", format.log2_chroma_h == 0 ? kUnset : kBetween},
        {"sws_flags", SWS_BICUBIC | SWS_ACCURATE_RND}}) {
    av_opt_set_int(scaler.get(), name, value, 0);
  }
  const int* matrix = sws_getCoefficients(to.matrix);
  constexpr int kFull = 1;
  constexpr int kUnchanged = 1 << 16;
  sws_setColorspaceDetails(scaler.get(), matrix, kFull, matrix, to.full_range ? 1 : 0, 0,
                           kUnchanged, kUnchanged);
  if (sws_init_context(scaler.get(), nullptr, nullptr) < 0) throw std::bad_alloc();
  return scaler;
}

std::int64_t padded(std::int64_t extent_px, int halvings) {
  return halvings > 0 ? extent_px + extent_px % 2 : extent_px;
}

}  // namespace

FrameSize padded_size(FrameSize size, AVPixelFormat pixels) {
  const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(pixels);
  return {padded(size.width_px, format.log2_chroma_w),
          padded(size.height_px, format.log2_chroma_h)};
}

RgbToYuv::RgbToYuv(FrameSize size, const YuvFormat& to) : size_(size) {
  const FrameSize whole = padded_size(size, to.pixels);
  const auto width_px = static_cast<int>(whole.width_px);
  const auto height_px = static_cast<int>(whole.height_px);
  rgb_ = allocate_picture(AV_PIX_FMT_RGB24, width_px, height_px);
  scaler_ = make_scaler(width_px, height_px, to);
}

void RgbToYuv::convert(const at::Tensor& rgb, AVFrame& yuv) {
  if (rgb.sizes() != c10::IntArrayRef({size_.height_px, size_.width_px, 3}) ||
      rgb.scalar_type() != at::kByte || !rgb.device().is_cpu()) {
    throw Error(ErrorKind::kFailed, "a picture is not uint8 [H, W, 3] of its size");
  }
  copy_padded(rgb.contiguous());
  if (sws_scale(scaler_.get(), rgb_->data, rgb_->linesize, 0, rgb_->height, yuv.data,
                yuv.linesize) < 0) {
    throw std::bad_alloc();
  }
}

void RgbToYuv::copy_padded(const at::Tensor& rgb) {
  const auto row_bytes = static_cast<std::size_t>(3 * size_.width_px);
  const auto* from = rgb.const_data_ptr<std::uint8_t>();
  for (std::int64_t y = 0; y < rgb_->height; ++y) {
    const std::int64_t source_y = std::min(y, size_.height_px - 1);
    std::uint8_t* to = rgb_->data[0] + y * rgb_->linesize[0];
    std::memcpy(to, from + source_y * 3 * size_.width_px, row_bytes);
    if (rgb_->width > size_.width_px) std::memcpy(to + row_bytes, to + row_bytes - 3, 3);
  }
}

}  // namespace rollingdepth
