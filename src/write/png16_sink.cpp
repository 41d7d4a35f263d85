#include <ATen/ATen.h>

#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "picture_folder.hpp"
#include "quantized_depth.hpp"
#include "rollingdepth/decode/image_codecs.hpp"
#include "rollingdepth/write/depth_files.hpp"

namespace rollingdepth {
namespace {

constexpr int kLargest = 65535;
constexpr const char* kScaleFile = "depth.json";

class Png16Sink final : public PictureFolderSink {
 public:
  explicit Png16Sink(const std::filesystem::path& folder)
      : PictureFolderSink(folder, ".png", kScaleFile) {}

 private:
  std::string encoded(const at::Tensor& depth) override {
    std::vector<std::uint16_t> levels = quantized_depth(depth, info(), kLargest);
    const cv::Mat picture(static_cast<int>(info().height_px), static_cast<int>(info().width_px),
                          CV_16UC1, levels.data());
    // Naming the strategy alone leaves OpenCV's fastest level and filter in force; the highest
    // level takes 20 times as long for files a hundredth smaller.
    const std::vector<int> fast = {cv::IMWRITE_PNG_STRATEGY, cv::IMWRITE_PNG_STRATEGY_RLE};
    if (!encode_picture(".png", picture, bytes_, fast)) {
      fail("OpenCV cannot encode a PNG picture");
    }
    return {bytes_.begin(), bytes_.end()};
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

  std::vector<unsigned char> bytes_;
};

}  // namespace

std::unique_ptr<DepthSink> make_png16_sink(const std::filesystem::path& folder) {
  open_picture_codecs();
  return std::make_unique<Png16Sink>(folder);
}

}  // namespace rollingdepth
