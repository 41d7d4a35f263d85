#include <string>
#include <vector>

#include "method/gemdepth/model.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth::gemdepth {
namespace {

constexpr std::int64_t kMostEmbed = 8192;

ModelInfo parse(const Package& package) {
  ModelInfo info;
  static_cast<vda::ModelInfo&>(info) = vda::parse_info(package);
  if (info.metric) refuse_package("model.json: 'values' is 'metres', which GemDepth does not give");
  info.embed = package_field<std::int64_t>(package.document, "embed");
  if (info.embed < 1 || info.embed > kMostEmbed) {
    refuse_package("model.json: 'embed' must be 1 to " + std::to_string(kMostEmbed) + ", not " +
                   std::to_string(info.embed));
  }
  check_networks(package, network_names(/*pose=*/true));
  return info;
}

}  // namespace

const std::vector<std::string>& network_names(bool pose) {
  static const std::vector<std::string> without = {"encoder",  "astt",    "levels", "level4",
                                                   "temporal", "decoder", "output"};
  static const std::vector<std::string> all = [] {
    std::vector<std::string> names = without;
    names.insert(names.begin() + 1, {"frame_block", "global_block", "camera"});
    return names;
  }();
  return pose ? all : without;
}

ModelInfo read_info(const Package& package) {
  return in_package(package.folder, [&] { return parse(package); });
}

FrameNumbers::FrameNumbers(const ModelInfo& model, FrameSize size)
    : head_(model, size),
      embed_(model.embed),
      level3_(model.level_channels[0] * head_.rows() * head_.columns()) {}

}  // namespace rollingdepth::gemdepth
