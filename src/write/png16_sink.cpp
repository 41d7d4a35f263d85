#include <ATen/ATen.h>

#include <nlohmann/json.hpp>
#include <opencv2/core.hpp>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "picture_folder.hpp"
#include "quantized_depth.hpp"
#include "rollingdepth/base/error.hpp"
#include "rollingdepth/decode/image_codecs.hpp"
#include "rollingdepth/write/depth_files.hpp"

namespace rollingdepth {
namespace {

constexpr int kLargest = 65535;
constexpr const char* kExtension = ".png";
constexpr const char* kScaleFile = "depth.json";

// @param levels of height_px rows.
std::string encoded_png(std::vector<std::uint16_t>& levels, std::int64_t height_px,
                        const std::filesystem::path& folder) {
  const auto rows = static_cast<int>(height_px);
  const cv::Mat picture(rows, static_cast<int>(levels.size()) / rows, CV_16UC1, levels.data());
  // Naming the strategy alone leaves OpenCV's fastest level and filter in force; the highest level
  // takes 20 times as long for files a hundredth smaller.
  const std::vector<int> fast = {cv::IMWRITE_PNG_STRATEGY, cv::IMWRITE_PNG_STRATEGY_RLE};
  std::vector<unsigned char> bytes;
  if (!encode_picture(".png", picture, bytes, fast)) {
    throw Error(ErrorKind::kOutput,
                "cannot write " + folder.string() + ": OpenCV cannot encode a PNG picture");
  }
  return {bytes.begin(), bytes.end()};
}

class Png16Sink final : public PictureFolderSink {
 public:
  explicit Png16Sink(const std::filesystem::path& folder)
      : PictureFolderSink(folder, kExtension, kScaleFile), folder_(folder) {}

 private:
  std::string encoded(const at::Tensor& depth) override {
    std::vector<std::uint16_t> levels = quantized_depth(depth, info(), kLargest);
    return encoded_png(levels, info().height_px, folder_);
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

  std::filesystem::path folder_;
};

}  // namespace

void check_png16(const std::filesystem::path& folder) {
  require_only_pictures(folder, kExtension, kScaleFile);
  std::vector<std::uint16_t> levels(1);
  encoded_png(levels, 1, folder);
}

std::unique_ptr<DepthSink> make_png16_sink(const std::filesystem::path& folder) {
  return std::make_unique<Png16Sink>(folder);
}

}  // namespace rollingdepth
