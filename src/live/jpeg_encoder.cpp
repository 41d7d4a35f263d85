#include "live/jpeg_encoder.hpp"

#include <new>

#include "rollingdepth/error.hpp"

namespace rollingdepth::live {
namespace {

constexpr int kQuantizer = 3;  // Of 2..31; the smaller the better.
constexpr YuvFormat kJfif{
    .pixels = AV_PIX_FMT_YUVJ420P, .matrix = SWS_CS_ITU601, .full_range = true};

EncoderSettings jpeg_settings(FrameSize view) {
  EncoderSettings settings;
  settings.codec = settings.container = "mjpeg";
  settings.pixel_format = kJfif.pixels;
  const FrameSize padded = padded_size(view, kJfif.pixels);
  settings.width_px = static_cast<int>(padded.width_px);
  settings.height_px = static_cast<int>(padded.height_px);
  settings.range = AVCOL_RANGE_JPEG;
  settings.threads = 1;
  settings.codec_options = {{"flags", "+qscale"},
                            {"global_quality", std::to_string(kQuantizer * FF_QP2LAMBDA)},
                            {"huffman", "default"}};
  return settings;
}

[[noreturn]] void fail(int code) {
  throw Error(ErrorKind::kFailed, "a picture cannot be made a JPEG: " + libav_error_text(code));
}

}  // namespace

JpegEncoder::JpegEncoder(FrameSize view, const std::string& doing)
    : codec_(open_video_codec(jpeg_settings(view), {25, 1}, {1, 25}, doing)),
      to_yuv_(view, kJfif),
      yuv_(allocate_picture(codec_->pix_fmt, codec_->width, codec_->height)),
      packet_(av_packet_alloc()) {
  if (!packet_) throw std::bad_alloc();
}

std::string JpegEncoder::encode(const at::Tensor& view) {
  const std::lock_guard lock(mutex_);
  if (av_frame_make_writable(yuv_.get()) < 0) throw std::bad_alloc();
  to_yuv_.convert(view, *yuv_);
  yuv_->pts = encoded_++;
  yuv_->quality = codec_->global_quality;
  int code = avcodec_send_frame(codec_.get(), yuv_.get());
  if (code >= 0) code = avcodec_receive_packet(codec_.get(), packet_.get());
  if (code < 0) fail(code);
  std::string file(reinterpret_cast<const char*>(packet_->data),
                   static_cast<std::size_t>(packet_->size));
  av_packet_unref(packet_.get());
  return file;
}

}  // namespace rollingdepth::live
