#include <ATen/core/Tensor.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "rollingdepth/error.hpp"
#include "write/announced_frames.hpp"
#include "write/depth_files.hpp"
#include "write/encoder.hpp"
#include "write/quantized_depth.hpp"

namespace rollingdepth {
namespace {

constexpr int kLargest16 = 65535;
constexpr int kLargest10 = 1023;
constexpr std::uint16_t kNeutralChroma10 = 512;

// The shortest digits that read back as the same value.
std::string exact_text(float value) {
  std::array<char, 32> text{};
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

EncoderSettings settings_for(DepthVideo video, const DepthClipInfo& info) {
  EncoderSettings settings;
  settings.range = AVCOL_RANGE_JPEG;
  settings.width_px = static_cast<int>(info.width_px);
  settings.height_px = static_cast<int>(info.height_px);
  settings.tags = {{"depth_min", exact_text(info.min)}, {"depth_max", exact_text(info.max)}};
  if (video == DepthVideo::kFfv1) {
    settings.codec = "ffv1";
    settings.container = "matroska";
    settings.pixel_format = AV_PIX_FMT_GRAY16LE;
    settings.codec_options = {{"level", "3"}, {"slicecrc", "1"}, {"g", "1"}};
    return settings;
  }
  settings.codec = "libx265";
  settings.container = "mp4";
  // Players do not know grey HEVC: colour with neutral chroma costs nothing.
  settings.pixel_format = AV_PIX_FMT_YUV420P10LE;
  settings.width_px += settings.width_px % 2;
  settings.height_px += settings.height_px % 2;
  settings.codec_tag = MKTAG('h', 'v', 'c', '1');
  settings.codec_options = {{"crf", "8"},
                            {"x265-params", x265_parameters(settings.width_px, settings.threads)}};
  settings.container_options = {{"movflags", "+faststart+use_metadata_tags"}};
  return settings;
}

class DepthVideoSink final : public DepthSink {
 public:
  DepthVideoSink(std::filesystem::path file, DepthVideo video, std::optional<Rational> fps,
                 std::shared_ptr<ClipSound> sound)
      : file_(std::move(file)),
        video_(video),
        fps_(fps),
        sound_(std::move(sound)),
        frames_(file_) {}

  [[nodiscard]] std::string name() const override { return file_.filename().string(); }

  void begin(const DepthClipInfo& info) override {
    frames_.begin(info);
    // Matroska, which is no film but a store of numbers, stays as it is.
    const bool is_heard = video_ == DepthVideo::kHevc;
    encoder_.emplace(file_, settings_for(video_, info),
                     video_options(info, fps_, is_heard ? sound_ : nullptr));
  }

  void write(const at::Tensor& depth, std::int64_t pts) override {
    frames_.count(depth);
    AVFrame& picture = encoder_->picture();
    fill_luma(picture, quantized_depth(depth, frames_.info(),
                                       video_ == DepthVideo::kFfv1 ? kLargest16 : kLargest10));
    if (video_ == DepthVideo::kHevc) fill_chroma(picture);
    encoder_->send(pts);
  }

  void finish() override {
    frames_.require_all();
    encoder_->finish();
  }

 private:
  // Odd sizes: the last column and row are repeated.
  void fill_luma(AVFrame& picture, const std::vector<std::uint16_t>& levels) const {
    const DepthClipInfo& info = frames_.info();
    const auto width = static_cast<std::size_t>(info.width_px);
    for (int y = 0; y < picture.height; ++y) {
      const auto source_y = static_cast<std::size_t>(std::min<std::int64_t>(y, info.height_px - 1));
      auto* to = reinterpret_cast<std::uint16_t*>(picture.data[0] + y * picture.linesize[0]);
      std::copy_n(levels.begin() + static_cast<std::ptrdiff_t>(source_y * width), width, to);
      if (picture.width > info.width_px) to[width] = to[width - 1];
    }
  }

  static void fill_chroma(AVFrame& picture) {
    for (const int plane : {1, 2}) {
      for (int y = 0; y < picture.height / 2; ++y) {
        auto* to =
            reinterpret_cast<std::uint16_t*>(picture.data[plane] + y * picture.linesize[plane]);
        std::fill_n(to, picture.width / 2, kNeutralChroma10);
      }
    }
  }

  std::filesystem::path file_;
  DepthVideo video_;
  std::optional<Rational> fps_;
  std::shared_ptr<ClipSound> sound_;
  AnnouncedFrames frames_;
  std::optional<Encoder> encoder_;
};

}  // namespace

void check_depth_video(const std::filesystem::path& file, DepthVideo video,
                       const DepthClipInfo& clip, std::optional<Rational> fps) {
  Encoder::try_out(file, settings_for(video, clip), timing_of(clip, fps));
}

std::unique_ptr<DepthSink> make_depth_video_sink(const std::filesystem::path& file,
                                                 DepthVideo video, std::optional<Rational> fps,
                                                 std::shared_ptr<ClipSound> sound) {
  return std::make_unique<DepthVideoSink>(file, video, fps, std::move(sound));
}

}  // namespace rollingdepth
