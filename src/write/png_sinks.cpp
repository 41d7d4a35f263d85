#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/formatted.hpp"
#include "media/libav.hpp"
#include "write/depth_files.hpp"
#include "write/picture_folder.hpp"
#include "write/png_encoder.hpp"
#include "write/quantized_depth.hpp"

namespace rollingdepth {
namespace {

constexpr int kLargest8 = 255;
constexpr int kLargest16 = 65535;
constexpr const char* kExtension = ".png";
constexpr const char* kScaleFile = "depth.json";

/// @param largest value of a pixel: 255 or 65535.
PngEncoder grey_encoder(std::int64_t width_px, std::int64_t height_px, int largest) {
  return {width_px, height_px, largest > kLargest8 ? AV_PIX_FMT_GRAY16BE : AV_PIX_FMT_GRAY8};
}

/// @param levels as many as there are pixels.
std::string encoded_levels(PngEncoder& encoder, const std::vector<std::uint16_t>& levels) {
  AVFrame& picture = encoder.picture();
  const bool wide = picture.format == AV_PIX_FMT_GRAY16BE;  // Two bytes a pixel.
  const std::uint16_t* level = levels.data();
  for (int y = 0; y < picture.height; ++y) {
    std::uint8_t* out = picture.data[0] + std::ptrdiff_t{y} * picture.linesize[0];
    for (int x = 0; x < picture.width; ++x, ++level) {
      if (wide) *out++ = static_cast<std::uint8_t>(*level >> 8);
      *out++ = static_cast<std::uint8_t>(*level);
    }
  }
  return encoder.encode();
}

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
    if (!encoder_) encoder_ = grey_encoder(info().width_px, info().height_px, largest_);
    return encoded_levels(*encoder_, levels(depth));
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
  PngEncoder encoder = grey_encoder(1, 1, kLargest16);
  encoded_levels(encoder, {0});
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
