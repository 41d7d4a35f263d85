#include <algorithm>
#include <string>
#include <vector>

#include "method/video_depth_anything/model.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth::vda {
namespace {

constexpr std::int64_t kMostChannels = 4096;
// As many groups are normalised apart.
constexpr std::int64_t kGroups = 32;

std::int64_t channels(const char* key, std::int64_t value) {
  if (value >= kGroups && value <= kMostChannels && value % kGroups == 0) return value;
  refuse_package(std::string("model.json: '") + key + "' must be a multiple of " +
                 std::to_string(kGroups) + " up to " + std::to_string(kMostChannels) + ", not " +
                 std::to_string(value));
}

}  // namespace

ModelInfo parse_info(const Package& package) {
  const nlohmann::json& document = package.document;
  ModelInfo info;
  static_cast<PackageInfo&>(info) = package.info;
  const auto values = package_field<std::string>(document, "values");
  info.metric = values == "metres";
  if (!info.metric && values != "relative inverse depth") {
    refuse_package("model.json: 'values' is '" + values +
                   "', known are 'relative inverse depth' and 'metres'");
  }
  info.stored_bytes = package_field<std::string>(document, "dtype") == "float16" ? 2 : 4;
  if (package_field<std::int64_t>(document, "window_frames") != kWindowFrames) {
    refuse_package("model.json: 'window_frames' must be " + std::to_string(kWindowFrames));
  }
  info.features = channels("features", package_field<std::int64_t>(document, "features"));
  const auto levels = package_field<std::vector<std::int64_t>>(document, "level_channels");
  if (levels.size() != info.level_channels.size()) {
    refuse_package("model.json: 'level_channels' must be two numbers");
  }
  std::transform(levels.begin(), levels.end(), info.level_channels.begin(),
                 [](std::int64_t value) { return channels("level_channels", value); });
  return info;
}

const std::vector<std::string>& network_names() {
  static const std::vector<std::string> names = {"encoder", "temporal", "decoder", "output"};
  return names;
}

ModelInfo read_info(const Package& package) {
  return in_package(package.folder, [&] {
    const ModelInfo info = parse_info(package);
    check_networks(package, network_names());
    return info;
  });
}

FrameNumbers::FrameNumbers(const ModelInfo& model, FrameSize size)
    : rows_(size.height_px / kPatchPx),
      columns_(size.width_px / kPatchPx),
      features_(model.features),
      levels_(model.level_channels[0] * rows_ * columns_ +
              model.level_channels[1] * ((rows_ + 1) / 2) * ((columns_ + 1) / 2)) {}

}  // namespace rollingdepth::vda
