#include <ATen/ATen.h>

#include <cstdint>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "media/libav.hpp"
#include "rollingdepth/error.hpp"
#include "write/depth_files.hpp"
#include "write/picture_folder.hpp"
#include "write/quantized_depth.hpp"

namespace rollingdepth {
namespace {

constexpr int kLargest = 65535;
constexpr const char* kExtension = ".png";
constexpr const char* kScaleFile = "depth.json";

/// libav's PNG encoder for grey pictures of 16 bits.
class PngEncoder {
 public:
  /// @throws Error(kOutput) where libav lacks it, Error(kFailed) for sizes that it does not take.
  PngEncoder(std::int64_t width_px, std::int64_t height_px)
      : frame_(av_frame_alloc()), packet_(av_packet_alloc()) {
    const AVCodec* codec = find();
    encoder_.reset(avcodec_alloc_context3(codec));
    if (!encoder_ || !frame_ || !packet_) throw std::bad_alloc();
    encoder_->width = static_cast<int>(width_px);
    encoder_->height = static_cast<int>(height_px);
    encoder_->pix_fmt = AV_PIX_FMT_GRAY16BE;
    encoder_->time_base = {.num = 1, .den = 1};
    encoder_->thread_count = 1;
    // The highest level takes 20 times as long for files a hundredth smaller.
    encoder_->compression_level = 1;
    AVDictionary* options = nullptr;
    av_dict_set(&options, "pred", "up", 0);
    const int opened = avcodec_open2(encoder_.get(), codec, &options);
    av_dict_free(&options);
    require(opened);
    frame_->format = AV_PIX_FMT_GRAY16BE;
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
        *out++ = static_cast<std::uint8_t>(*level >> 8);
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

  DecoderPtr encoder_;  // Any codec's context.
  FramePtr frame_;
  PacketPtr packet_;
  std::int64_t pictures_ = 0;
};

class Png16Sink final : public PictureFolderSink {
 public:
  explicit Png16Sink(const std::filesystem::path& folder)
      : PictureFolderSink(folder, kExtension, kScaleFile) {}

 private:
  std::string encoded(const at::Tensor& depth) override {
    if (!encoder_) encoder_.emplace(info().width_px, info().height_px);
    return encoder_->encode(quantized_depth(depth, info(), kLargest));
  }

  void write_extra() override {
    const nlohmann::ordered_json scale = {{"frames", info().frames},
                                          {"width", info().width_px},
                                          {"height", info().height_px},
                                          {"min", info().min},
                                          {"max", info().max},
                                          {"scale", value_per_level(info(), kLargest)},
                                          {"value", "min + scale * pixel"}};
    write_file(kScaleFile, scale.dump(2) + "\n");
  }

  std::optional<PngEncoder> encoder_;
};

}  // namespace

void check_png16(const std::filesystem::path& folder) {
  require_only_pictures(folder, kExtension, kScaleFile);
  PngEncoder(1, 1).encode({0});
}

std::unique_ptr<DepthSink> make_png16_sink(const std::filesystem::path& folder) {
  return std::make_unique<Png16Sink>(folder);
}

}  // namespace rollingdepth
