#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cstring>
#include <new>
#include <utility>

#include "rollingdepth/error.hpp"
#include "write/encoder.hpp"
#include "write/video.hpp"

extern "C" {
#include <libavutil/cpu.h>
#include <libavutil/opt.h>
}

namespace rollingdepth {
namespace {

int next_even(std::int64_t extent_px) { return static_cast<int>(extent_px + extent_px % 2); }

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

EncoderSettings h264_settings(FrameSize size, int crf) {
  EncoderSettings settings;
  settings.codec = "libx264";
  settings.container = "mp4";
  settings.pixel_format = AV_PIX_FMT_YUV420P;
  settings.width_px = next_even(size.width_px);
  settings.height_px = next_even(size.height_px);
  settings.codec_options = {{"crf", std::to_string(crf)}, {"preset", "veryfast"}};
  // x264's code for AVX-512 (seen in build 164) lets pictures of some widths depend on what memory
  // held before; all its other code writes the same file every time.
  if ((av_get_cpu_flags() & AV_CPU_FLAG_AVX512) != 0) {
    settings.codec_options.emplace_back("x264-params", "asm=avx2");
  }
  // The index comes first, so that a browser can start before it has the whole file.
  settings.container_options = {{"movflags", "+faststart"}};
  return settings;
}

class H264Writer final : public VideoWriter {
 public:
  H264Writer(const std::filesystem::path& file, FrameSize size, const VideoOptions& options)
      : file_(file), size_(size), encoder_(file, h264_settings(size, options.crf), options) {
    const int width_px = next_even(size.width_px), height_px = next_even(size.height_px);
    rgb_ = allocate_picture(AV_PIX_FMT_RGB24, width_px, height_px);
    scaler_ = make_scaler(width_px, height_px);
    if (!scaler_) encoder_.fail("out of memory");
  }

  void write(const at::Tensor& rgb, std::int64_t pts) override {
    if (rgb.sizes() != c10::IntArrayRef({size_.height_px, size_.width_px, 3}) ||
        rgb.scalar_type() != at::kByte || !rgb.device().is_cpu()) {
      throw Error(ErrorKind::kFailed, "cannot write " + file_.string() +
                                          ": a picture is not uint8 [H, W, 3] of its size");
    }
    copy_padded(rgb.contiguous());
    AVFrame& yuv = encoder_.picture();
    encoder_.check(sws_scale(scaler_.get(), rgb_->data, rgb_->linesize, 0, rgb_->height, yuv.data,
                             yuv.linesize));
    encoder_.send(pts);
  }

  void finish() override { encoder_.finish(); }

 private:
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

  std::filesystem::path file_;
  FrameSize size_;
  Encoder encoder_;
  ScalerPtr scaler_;
  FramePtr rgb_;
};

}  // namespace

void check_video_writer(const std::filesystem::path& file, FrameSize size,
                        const VideoOptions& options) {
  Encoder::try_out(file, h264_settings(size, options.crf), options);
}

std::unique_ptr<VideoWriter> make_video_writer(const std::filesystem::path& file, FrameSize size,
                                               const VideoOptions& options) {
  return std::make_unique<H264Writer>(file, size, options);
}

}  // namespace rollingdepth
