#include <ATen/core/Tensor.h>

#include "rollingdepth/error.hpp"
#include "write/encoder.hpp"
#include "write/rgb_to_yuv.hpp"
#include "write/video.hpp"

namespace rollingdepth {
namespace {

EncoderSettings h264_settings(FrameSize size, int crf) {
  EncoderSettings settings;
  settings.codec = "libx264";
  settings.container = "mp4";
  settings.pixel_format = AV_PIX_FMT_YUV420P;
  const FrameSize padded = padded_size(size, settings.pixel_format);
  settings.width_px = static_cast<int>(padded.width_px);
  settings.height_px = static_cast<int>(padded.height_px);
  settings.codec_options = {{"crf", std::to_string(crf)}, {"preset", "veryfast"}};
  if (const std::string parameters = x264_parameters(); !parameters.empty()) {
    settings.codec_options.emplace_back("x264-params", parameters);
  }
  // The index comes first, so that a browser can start before it has the whole file.
  settings.container_options = {{"movflags", "+faststart"}};
  return settings;
}

class H264Writer final : public VideoWriter {
 public:
  H264Writer(const std::filesystem::path& file, FrameSize size, const VideoOptions& options)
      : file_(file), encoder_(file, h264_settings(size, options.crf), options), to_yuv_(size, {}) {}

  void write(const at::Tensor& rgb, std::int64_t pts) override {
    with_context(ErrorKind::kFailed, "cannot write " + file_.string(),
                 [&] { to_yuv_.convert(rgb, encoder_.picture()); });
    encoder_.send(pts);
  }

  void finish() override { encoder_.finish(); }

 private:
  std::filesystem::path file_;
  Encoder encoder_;
  RgbToYuv to_yuv_;
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
