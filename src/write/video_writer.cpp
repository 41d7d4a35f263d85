#include <ATen/ATen.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <mutex>
#include <utility>

#include "../decode/libav.hpp"
#include "rollingdepth/base/error.hpp"
#include "rollingdepth/write/partial_file.hpp"
#include "rollingdepth/write/video.hpp"

extern "C" {
#include <libavutil/opt.h>
}

namespace rollingdepth {
namespace {

struct MuxerDeleter {
  void operator()(AVFormatContext* muxer) const noexcept {
    avio_closep(&muxer->pb);
    avformat_free_context(muxer);
  }
};
using MuxerPtr = std::unique_ptr<AVFormatContext, MuxerDeleter>;
using EncoderPtr = std::unique_ptr<AVCodecContext, AvDeleter<&avcodec_free_context>>;

// x264's pictures depend on the number of its threads: a fixed one keeps files reproducible.
constexpr int kEncoderThreads = 4;

AVRational to_av(const Rational& value) {
  AVRational reduced{};
  av_reduce(&reduced.num, &reduced.den, value.num, value.den, std::numeric_limits<int>::max());
  return reduced;
}

int next_even(std::int64_t extent_px) { return static_cast<int>(extent_px + extent_px % 2); }

FramePtr allocate_frame(AVPixelFormat format, int width_px, int height_px) {
  FramePtr frame(av_frame_alloc());
  if (!frame) throw std::bad_alloc();
  frame->format = format;
  frame->width = width_px;
  frame->height = height_px;
  if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  return frame;
}

// RGB to BT.709 limited range 4:2:0, chroma between the rows and at the left column of each pair.
ScalerPtr make_scaler(int width_px, int height_px) {
  ScalerPtr scaler(sws_alloc_context());
  if (!scaler) throw std::bad_alloc();
  for (const auto& [name, value] : {std::pair{"srcw", width_px},
                                    {"srch", height_px},
                                    {"src_format", static_cast<int>(AV_PIX_FMT_RGB24)},
                                    {"dstw", width_px},
                                    {"dsth", height_px},
                                    {"dst_format", static_cast<int>(AV_PIX_FMT_YUV420P)},
                                    {"dst_h_chr_pos", 0},
                                    {"dst_v_chr_pos", 128},
                                    {"sws_flags", SWS_BICUBIC | SWS_ACCURATE_RND}}) {
    av_opt_set_int(scaler.get(), name, value, 0);
  }
  const int* bt709 = sws_getCoefficients(SWS_CS_ITU709);
  constexpr int kFull = 1;
  constexpr int kLimited = 0;
  constexpr int kUnchanged = 1 << 16;
  sws_setColorspaceDetails(scaler.get(), bt709, kFull, bt709, kLimited, 0, kUnchanged, kUnchanged);
  if (sws_init_context(scaler.get(), nullptr, nullptr) < 0) return nullptr;
  return scaler;
}

class H264Writer final : public VideoWriter {
 public:
  H264Writer(const std::filesystem::path& file, FrameSize size, const VideoOptions& options)
      : partial_(file), size_(size), options_(options) {
    if (size.width_px < 1 || size.height_px < 1 || !options.frame_rate.positive() ||
        (options.variable_frame_rate && !options.time_base.positive())) {
      throw Error(ErrorKind::kFailed,
                  "cannot write " + file.string() + ": the size or frame rate is not known");
    }
    open_encoder();
    open_muxer();
    const int width_px = encoder_->width;
    const int height_px = encoder_->height;
    rgb_ = allocate_frame(AV_PIX_FMT_RGB24, width_px, height_px);
    yuv_ = allocate_frame(AV_PIX_FMT_YUV420P, width_px, height_px);
    packet_.reset(av_packet_alloc());
    scaler_ = make_scaler(width_px, height_px);
    if (!packet_ || !scaler_) fail("out of memory");
  }

  void write(const at::Tensor& rgb, std::int64_t pts) override {
    if (rgb.sizes() != c10::IntArrayRef({size_.height_px, size_.width_px, 3}) ||
        rgb.scalar_type() != at::kByte || !rgb.device().is_cpu()) {
      throw Error(ErrorKind::kFailed, "cannot write " + partial_.final_path().string() +
                                          ": a picture is not uint8 [H, W, 3] of its size");
    }
    copy_padded(rgb.contiguous());
    // The encoder may still hold the buffers of the picture before.
    check(av_frame_make_writable(yuv_.get()));
    check(sws_scale(scaler_.get(), rgb_->data, rgb_->linesize, 0, rgb_->height, yuv_->data,
                    yuv_->linesize));
    yuv_->pts = next_time(pts);
    check(avcodec_send_frame(encoder_.get(), yuv_.get()));
    write_packets();
  }

  void finish() override {
    check(avcodec_send_frame(encoder_.get(), nullptr));
    write_packets();
    check(av_write_trailer(muxer_.get()));
    check(muxer_->pb->error);
    check(avio_closep(&muxer_->pb));
    partial_.finish();
  }

 private:
  [[noreturn]] void fail(const std::string& why) const {
    throw Error(ErrorKind::kOutput, "cannot write " + partial_.final_path().string() + ": " + why);
  }
  void check(int code) const {
    if (code < 0) fail(libav_error_text(code));
  }

  void open_encoder() {
    const AVCodec* codec = avcodec_find_encoder_by_name("libx264");
    if (codec == nullptr) fail("the FFmpeg libraries have no H.264 encoder (libx264)");
    encoder_.reset(avcodec_alloc_context3(codec));
    if (!encoder_) fail("out of memory");
    // Quieter than any level that is printed; libav would write to standard error.
    encoder_->log_level_offset = 1000;
    encoder_->width = next_even(size_.width_px);
    encoder_->height = next_even(size_.height_px);
    encoder_->pix_fmt = AV_PIX_FMT_YUV420P;
    encoder_->color_range = AVCOL_RANGE_MPEG;
    encoder_->colorspace = AVCOL_SPC_BT709;
    encoder_->color_primaries = AVCOL_PRI_BT709;
    encoder_->color_trc = AVCOL_TRC_BT709;
    encoder_->chroma_sample_location = AVCHROMA_LOC_LEFT;
    encoder_->sample_aspect_ratio = {1, 1};
    encoder_->framerate = to_av(options_.frame_rate);
    // At a constant rate one tick is one frame, so that no time is ever rounded.
    encoder_->time_base =
        options_.variable_frame_rate ? to_av(options_.time_base) : av_inv_q(encoder_->framerate);
    encoder_->thread_count = kEncoderThreads;
    encoder_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER | AV_CODEC_FLAG_BITEXACT;
    check(av_opt_set_double(encoder_->priv_data, "crf", options_.crf, 0));
    check(avcodec_open2(encoder_.get(), codec, nullptr));
  }

  void open_muxer() {
    // "file:" keeps libav from taking "a:b.mp4" for a protocol; the name tells no format.
    const std::string url = "file:" + partial_.path().string();
    AVFormatContext* muxer = nullptr;
    check(avformat_alloc_output_context2(&muxer, nullptr, "mp4", url.c_str()));
    muxer_.reset(muxer);
    muxer_->flags |= AVFMT_FLAG_BITEXACT;  // No program version or date in the file.
    stream_ = avformat_new_stream(muxer, nullptr);
    if (stream_ == nullptr) fail("out of memory");
    check(avcodec_parameters_from_context(stream_->codecpar, encoder_.get()));
    stream_->time_base = encoder_->time_base;
    stream_->avg_frame_rate = encoder_->framerate;
    stream_->sample_aspect_ratio = encoder_->sample_aspect_ratio;
    check(avio_open(&muxer_->pb, url.c_str(), AVIO_FLAG_WRITE));
    // The index comes first, so that a browser can start before it has the whole file.
    check(av_opt_set(muxer_->priv_data, "movflags", "+faststart", 0));
    check(avformat_write_header(muxer_.get(), nullptr));
  }

  // yuv420p needs even sides: the last column and row are repeated.
  void copy_padded(const at::Tensor& rgb) {
    const auto row_bytes = static_cast<std::size_t>(3 * size_.width_px);
    const auto* from = rgb.const_data_ptr<std::uint8_t>();
    for (std::int64_t y = 0; y < rgb_->height; ++y) {
      const std::int64_t source_y = std::min(y, size_.height_px - 1);
      std::uint8_t* to = rgb_->data[0] + y * rgb_->linesize[0];
      std::memcpy(to, from + source_y * 3 * size_.width_px, row_bytes);
      if (rgb_->width > size_.width_px) std::memcpy(to + row_bytes, to + row_bytes - 3, 3);
    }
  }

  // Times start at 0 and strictly increase, as an MP4 file demands.
  std::int64_t next_time(std::int64_t pts) {
    if (!first_pts_) first_pts_ = pts;
    ++last_time_;
    if (options_.variable_frame_rate) last_time_ = std::max(last_time_, pts - *first_pts_);
    return last_time_;
  }

  void write_packets() {
    while (true) {
      const int code = avcodec_receive_packet(encoder_.get(), packet_.get());
      if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
      check(code);
      // Counts for the last frame only: all others last until the next one.
      packet_->duration = std::max<std::int64_t>(
          1, av_rescale_q(1, av_inv_q(encoder_->framerate), encoder_->time_base));
      packet_->stream_index = stream_->index;
      av_packet_rescale_ts(packet_.get(), encoder_->time_base, stream_->time_base);
      check(av_interleaved_write_frame(muxer_.get(), packet_.get()));
    }
  }

  PartialFile partial_;  // Destroyed last: the muxer must have closed the file before.
  FrameSize size_;
  VideoOptions options_;
  EncoderPtr encoder_;
  MuxerPtr muxer_;
  AVStream* stream_ = nullptr;
  ScalerPtr scaler_;
  FramePtr rgb_;
  FramePtr yuv_;
  PacketPtr packet_;
  std::optional<std::int64_t> first_pts_;
  std::int64_t last_time_ = -1;
};

}  // namespace

std::unique_ptr<VideoWriter> make_video_writer(const std::filesystem::path& file, FrameSize size,
                                               const VideoOptions& options) {
  // libavformat's and swscale's remarks reach the user as errors or not at all.
  static std::once_flag silenced;
  std::call_once(silenced, [] { av_log_set_level(AV_LOG_QUIET); });
  return std::make_unique<H264Writer>(file, size, options);
}

}  // namespace rollingdepth
