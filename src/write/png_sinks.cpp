#include <ATen/core/Tensor.h>

#include <cstdint>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/formatted.hpp"
#include "media/libav.hpp"
#include "rollingdepth/error.hpp"
#include "write/depth_files.hpp"
#include "write/picture_folder.hpp"
#include "write/quantized_depth.hpp"

namespace rollingdepth {
namespace {

constexpr int kLargest8 = 255;
constexpr int kLargest16 = 65535;
constexpr const char* kExtension = ".png";
constexpr const char* kScaleFile = "depth.json";

/// libav's PNG encoder for grey pictures.
class PngEncoder {
 public:
  /// @param largest value of a pixel: 255 or 65535.
  /// @throws Error(kOutput) where libav lacks it, Error(kFailed) for sizes that it does not take.
  PngEncoder(std::int64_t width_px, std::int64_t height_px, int largest)
      : wide_(largest > kLargest8), frame_(av_frame_alloc()), packet_(av_packet_alloc()) {
    const AVCodec* codec = find();
    encoder_.reset(avcodec_alloc_context3(codec));
    if (!encoder_ || !frame_ || !packet_) throw std::bad_alloc();
    encoder_->width = static_cast<int>(width_px);
    encoder_->height = static_cast<int>(height_px);
    encoder_->pix_fmt = wide_ ? AV_PIX_FMT_GRAY16BE : AV_PIX_FMT_GRAY8;
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

  /// @throws Error(kOutput) where libav lacks it.
  static const AVCodec* find() {
    const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_PNG);
    if (codec != nullptr) return codec;
    throw Error(ErrorKind::kOutput,
                "cannot write PNG pictures: this FFmpeg has no encoder for them");
  }

  /// @param levels as many as there are pixels.
  std::string encode(const std::vector<std::uint16_t>& levels) {
    require(av_frame_make_writable(frame_.get()));
    const std::uint16_t* level = levels.data();
    for (int y = 0; y < frame_->height; ++y) {
      std::uint8_t* out = frame_->data[0] + std::ptrdiff_t{y} * frame_->linesize[0];
      for (int x = 0; x < frame_->width; ++x, ++level) {
        if (wide_) *out++ = static_cast<std::uint8_t>(*level >> 8);
        *out++ = static_cast<std::uint8_t>(*level);
      }
    }
    frame_->pts = pictures_++;
    require(avcodec_send_frame(encoder_.get(), frame_.get()));
    require(avcodec_receive_packet(encoder_.get(), packet_.get()));
    std::string bytes(reinterpret_cast<const char*>(packet_->data),
                      static_cast<std::size_t>(packet_->size));
    av_packet_unref(packet_.get());
    return bytes;
  }

 private:
  static void require(int code) {
    if (code == AVERROR(ENOMEM)) throw std::bad_alloc();
    if (code < 0) throw Error(ErrorKind::kFailed, "PNG encoder: " + libav_error_text(code));
  }

  bool wide_;           // Two bytes a pixel.
  DecoderPtr encoder_;  // Any codec's context.
  FramePtr frame_;
  PacketPtr packet_;
  std::int64_t pictures_ = 0;
};

class PngSink : public PictureFolderSink {
 public:
  PngSink(const std::filesystem::path& folder, int largest)
      : PictureFolderSink(folder, kExtension, kScaleFile), largest_(largest) {}

 protected:
  /// What the pixels are. @return min and scale of "value = min + scale * pixel".
  [[nodiscard]] virtual std::pair<double, double> scale() const {
    return {info().min, value_per_level(info(), largest_)};
  }
  virtual std::vector<std::uint16_t> levels(const at::Tensor& depth) {
    return quantized_depth(depth, info(), largest_);
  }

 private:
  std::string encoded(const at::Tensor& depth) override {
    if (!encoder_) encoder_.emplace(info().width_px, info().height_px, largest_);
    return encoder_->encode(levels(depth));
  }

  void write_extra() override {
    const auto [min, step] = scale();
    nlohmann::ordered_json description = {{"frames", info().frames},
                                          {"width", info().width_px},
                                          {"height", info().height_px},
                                          {"min", min},
                                          {"max", info().max},
                                          {"scale", step},
                                          {"value", "min + scale * pixel"},
                                          {"values", to_string(info().values)}};
    if (!info().shots.empty()) {  // From the first one on, which info() leaves out.
      description["shots"] = {0};
      for (const std::int64_t first : info().shots) description["shots"].push_back(first);
    }
    write_file(kScaleFile, description.dump(2) + "\n");
  }

  int largest_;
  std::optional<PngEncoder> encoder_;
};

/// Metres in steps of a fixed part of a metre, as depth cameras and data sets have them.
class MetricPngSink final : public PngSink {
 public:
  MetricPngSink(const std::filesystem::path& folder, double pixels_per_metre)
      : PngSink(folder, kLargest16), pixels_per_metre_(pixels_per_metre) {}

  [[nodiscard]] std::vector<std::string> remarks() const override {
    if (clipped_ == 0) return {};
    const double share = 100 * static_cast<double>(clipped_) / static_cast<double>(pixels_);
    return {name() + ": " +
            formatted("%.2g %% of the pixels are farther than %.4g m and were "
                      "clipped to that",
                      share, kLargest16 / pixels_per_metre_)};
  }

 private:
  [[nodiscard]] std::pair<double, double> scale() const override {
    return {0, 1 / pixels_per_metre_};
  }
  std::vector<std::uint16_t> levels(const at::Tensor& depth) override {
    DepthClipInfo whole = info();
    whole.min = 0;
    whole.max = static_cast<float>(kLargest16 / pixels_per_metre_);
    pixels_ += depth.numel();
    clipped_ += depth.gt(whole.max).sum().item<std::int64_t>();
    return quantized_depth(depth, whole, kLargest16);
  }

  double pixels_per_metre_;
  std::int64_t pixels_ = 0;
  std::int64_t clipped_ = 0;
};

}  // namespace

void check_png(const std::filesystem::path& folder) {
  require_only_pictures(folder, kExtension, kScaleFile);
  PngEncoder(1, 1, kLargest16).encode({0});
}

std::unique_ptr<DepthSink> make_png8_sink(const std::filesystem::path& folder) {
  return std::make_unique<PngSink>(folder, kLargest8);
}

std::unique_ptr<DepthSink> make_png16_sink(const std::filesystem::path& folder,
                                           std::optional<double> pixels_per_metre) {
  if (pixels_per_metre) return std::make_unique<MetricPngSink>(folder, *pixels_per_metre);
  return std::make_unique<PngSink>(folder, kLargest16);
}

}  // namespace rollingdepth
