#include "write/png_encoder.hpp"

#include <cstddef>
#include <new>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

void require(int code) {
  if (code == AVERROR(ENOMEM)) throw std::bad_alloc();
  if (code < 0) throw Error(ErrorKind::kFailed, "PNG encoder: " + libav_error_text(code));
}

}  // namespace

PngEncoder::PngEncoder(std::int64_t width_px, std::int64_t height_px, AVPixelFormat format)
    : frame_(av_frame_alloc()), packet_(av_packet_alloc()) {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
  if (codec == nullptr) {
    throw Error(ErrorKind::kOutput,
                "cannot write PNG pictures: this FFmpeg has no encoder for them");
  }
  encoder_.reset(avcodec_alloc_context3(codec));
  if (!encoder_ || !frame_ || !packet_) throw std::bad_alloc();
  encoder_->width = static_cast<int>(width_px);
  encoder_->height = static_cast<int>(height_px);
  encoder_->pix_fmt = format;
  encoder_->time_base = {.num = 1, .den = 1};
  encoder_->thread_count = 1;
  // The highest level takes 20 times as long for files a hundredth smaller.
  encoder_->compression_level = 1;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "pred", "up", 0);
  const int opened = avcodec_open2(encoder_.get(), codec, &options);
  av_dict_free(&options);
  require(opened);
  frame_->format = encoder_->pix_fmt;
  frame_->width = encoder_->width;
  frame_->height = encoder_->height;
  require(av_frame_get_buffer(frame_.get(), /*align=*/0));
}

AVFrame& PngEncoder::picture() {
  require(av_frame_make_writable(frame_.get()));
  return *frame_;
}

std::string PngEncoder::encode() {
  frame_->pts = pictures_++;
  require(avcodec_send_frame(encoder_.get(), frame_.get()));
  require(avcodec_receive_packet(encoder_.get(), packet_.get()));
  std::string bytes(reinterpret_cast<const char*>(packet_->data),
                    static_cast<std::size_t>(packet_->size));
  av_packet_unref(packet_.get());
  return bytes;
}

}  // namespace rollingdepth
