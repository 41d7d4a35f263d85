#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "method/rolling_depth/model.hpp"
#include "nn/package.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using nlohmann::json;

constexpr std::int64_t kMostChannels = 4096;
constexpr std::int64_t kMostPixelsPerCell = 256;
constexpr std::int64_t kMostFramesPerSnippet = 256;

SchedulerConfig parse_scheduler(const json& object) {
  SchedulerConfig config;
  config.num_train_timesteps = package_field<std::int64_t>(object, "num_train_timesteps");
  config.beta_start = package_field<double>(object, "beta_start");
  config.beta_end = package_field<double>(object, "beta_end");
  config.beta_schedule = package_field<std::string>(object, "beta_schedule");
  config.prediction_type = package_field<std::string>(object, "prediction_type");
  config.timestep_spacing = package_field<std::string>(object, "timestep_spacing");
  config.steps_offset = package_field<std::int64_t>(object, "steps_offset");
  config.set_alpha_to_one = package_field<bool>(object, "set_alpha_to_one");
  config.rescale_betas_zero_snr = package_field<bool>(object, "rescale_betas_zero_snr");
  config.clip_sample = package_field<bool>(object, "clip_sample");
  config.clip_sample_range = package_field<double>(object, "clip_sample_range");
  config.validate();
  return config;
}

// What is computed from these sizes must not overflow.
void require_within(const char* key, std::int64_t value, std::int64_t most) {
  if (value >= 1 && value <= most) return;
  refuse_package(std::string("model.json: '") + key + "' must be 1 to " + std::to_string(most) +
                 ", not " + std::to_string(value));
}

ModelInfo parse_info(const Package& package) {
  if (package.info.kind != kRollingDepthKind) {
    refuse_package("model.json describes a model of kind '" + package.info.kind + "', not '" +
                   kRollingDepthKind + "'");
  }
  const json& document = package.document;
  ModelInfo info;
  static_cast<PackageInfo&>(info) = package.info;
  info.latent_channels = package_field<std::int64_t>(document, "latent_channels");
  info.downscale = package_field<std::int64_t>(document, "downscale");
  const json scale = package_field<json>(document, "latent_scale");
  info.rgb_latent_scale = package_field<double>(scale, "rgb");
  info.depth_latent_scale = package_field<double>(scale, "depth");
  info.snippet_lengths = package_field<std::vector<std::int64_t>>(document, "snippet_lengths");
  info.scheduler = parse_scheduler(package_field<json>(document, "scheduler"));
  require_within("latent_channels", info.latent_channels, kMostChannels);
  require_within("downscale", info.downscale, kMostPixelsPerCell);
  if (info.snippet_lengths.empty()) refuse_package("model.json: 'snippet_lengths' is empty");
  for (const std::int64_t length : info.snippet_lengths) {
    require_within("snippet_lengths", length, kMostFramesPerSnippet);
  }
  if (info.rgb_latent_scale == 0 || info.depth_latent_scale == 0) {
    refuse_package("model.json: 'latent_scale' must not be 0");
  }
  check_networks(package, rolling_depth_networks());
  return info;
}

}  // namespace

const std::vector<std::string>& rolling_depth_networks() {
  static const std::vector<std::string> names = {"encoder", "unet", "decoder"};
  return names;
}

ModelInfo read_model_info(const std::filesystem::path& folder) {
  return model_info_of(open_package(folder));
}

ModelInfo model_info_of(const Package& package) {
  return in_package(package.folder, [&] { return parse_info(package); });
}

}  // namespace rollingdepth
