#include "nn/model_package.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/json_reader.hpp"
#include "base/resample.hpp"
#include "method/rolling_depth/model.hpp"

namespace rollingdepth {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr int kFormatVersion = 1;
constexpr std::int64_t kMostChannels = 4096;
constexpr std::int64_t kMostPixelsPerCell = 256;
constexpr std::int64_t kMostFramesPerSnippet = 256;
constexpr std::array<const char*, 3> kNetworks = {"encoder", "unet", "decoder"};

[[noreturn]] void refuse(const std::string& what) { throw Error(ErrorKind::kModel, what); }

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) {
      refuse("SHA-256 is not available in this build of OpenSSL");
    }
  }
  void update(const char* bytes, std::size_t count) {
    EVP_DigestUpdate(context_.get(), bytes, count);
  }
  std::string hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    EVP_DigestFinal_ex(context_.get(), digest.data(), &length);
    std::string text;
    for (unsigned int i = 0; i < length; ++i) {
      constexpr const char* kDigits = "0123456789abcdef";
      text += kDigits[digest[i] >> 4];
      text += kDigits[digest[i] & 15];
    }
    return text;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

std::string file_hash(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) refuse("cannot read '" + file.string() + "'");
  Sha256 hash;
  std::vector<char> buffer(1 << 20);
  while (stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) ||
         stream.gcount() > 0) {
    hash.update(buffer.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) refuse("cannot read '" + file.string() + "'");
  return hash.hex();
}

// A field of model.json, with an error that names it.
template <class T>
T field(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) refuse(std::string("model.json lacks '") + key + "'");
  try {
    return found->get<T>();
  } catch (const json::exception&) {
    refuse(std::string("model.json: '") + key + "' has the wrong type");
  }
}

SchedulerConfig parse_scheduler(const json& object) {
  SchedulerConfig config;
  config.num_train_timesteps = field<std::int64_t>(object, "num_train_timesteps");
  config.beta_start = field<double>(object, "beta_start");
  config.beta_end = field<double>(object, "beta_end");
  config.beta_schedule = field<std::string>(object, "beta_schedule");
  config.prediction_type = field<std::string>(object, "prediction_type");
  config.timestep_spacing = field<std::string>(object, "timestep_spacing");
  config.steps_offset = field<std::int64_t>(object, "steps_offset");
  config.set_alpha_to_one = field<bool>(object, "set_alpha_to_one");
  config.rescale_betas_zero_snr = field<bool>(object, "rescale_betas_zero_snr");
  config.clip_sample = field<bool>(object, "clip_sample");
  config.clip_sample_range = field<double>(object, "clip_sample_range");
  config.validate();
  return config;
}

// What is computed from these sizes must not overflow.
void require_within(const char* key, std::int64_t value, std::int64_t most) {
  if (value >= 1 && value <= most) return;
  refuse(std::string("model.json: '") + key + "' must be 1 to " + std::to_string(most) + ", not " +
         std::to_string(value));
}

void require_network(const char* key, const std::string& name) {
  if (std::find(kNetworks.begin(), kNetworks.end(), name) != kNetworks.end()) return;
  refuse(std::string("model.json: '") + key + "' names '" + name + "', which is no network");
}

c10::ScalarType parse_half_dtype(const std::string& name) {
  if (name == "bf16") return at::kBFloat16;
  if (name == "fp16") return at::kHalf;
  refuse("model.json: 'float32_in' names '" + name + "', which is neither 'bf16' nor 'fp16'");
}

// Both keys may be there: programs that know only the older one then do as much as they can.
decltype(ModelInfo::float32_in) parse_float32(const json& document) {
  decltype(ModelInfo::float32_in) float32_in;
  if (document.contains("float32_networks")) {
    for (const auto& name : field<std::vector<std::string>>(document, "float32_networks")) {
      require_network("float32_networks", name);
      float32_in[name].insert(at::kBFloat16);
    }
  }
  if (document.contains("float32_in")) {
    using Names = std::map<std::string, std::vector<std::string>>;
    for (const auto& [name, dtypes] : field<Names>(document, "float32_in")) {
      require_network("float32_in", name);
      for (const std::string& dtype : dtypes) float32_in[name].insert(parse_half_dtype(dtype));
    }
  }
  return float32_in;
}

void check_header(const json& document) {
  if (!document.is_object()) refuse("model.json is not a JSON object");
  const int version = field<int>(document, "format_version");
  if (version != kFormatVersion) {
    refuse("model.json has format version " + std::to_string(version) +
           ", this program reads version " + std::to_string(kFormatVersion) +
           (version > kFormatVersion ? "; a newer release of rollingdepth is needed" : ""));
  }
  if (const auto kind = field<std::string>(document, "kind"); kind != "rollingdepth") {
    refuse("model.json describes a model of kind '" + kind + "', not 'rollingdepth'");
  }
  if (const auto backend = field<std::string>(document, "backend"); backend != "torchscript") {
    refuse("model.json asks for backend '" + backend + "', this program has 'torchscript'");
  }
}

ModelInfo parse_info(const json& document) {
  check_header(document);
  ModelInfo info;
  info.name = field<std::string>(document, "name");
  info.notice = field<std::string>(document, "notice");
  info.source = field<std::string>(document, "source");
  info.license = field<std::string>(document, "license");
  info.latent_channels = field<std::int64_t>(document, "latent_channels");
  info.downscale = field<std::int64_t>(document, "downscale");
  const json scale = field<json>(document, "latent_scale");
  info.rgb_latent_scale = field<double>(scale, "rgb");
  info.depth_latent_scale = field<double>(scale, "depth");
  info.snippet_lengths = field<std::vector<std::int64_t>>(document, "snippet_lengths");
  if (const json res = field<json>(document, "preferred_res"); !res.is_null()) {
    info.preferred_res = field<std::int64_t>(document, "preferred_res");
    if (*info.preferred_res < kMinResolutionPx || *info.preferred_res > kMaxResolutionPx) {
      refuse("model.json: 'preferred_res' must be 8 to 16384");
    }
  }
  info.float32_in = parse_float32(document);
  info.scheduler = parse_scheduler(field<json>(document, "scheduler"));
  require_within("latent_channels", info.latent_channels, kMostChannels);
  require_within("downscale", info.downscale, kMostPixelsPerCell);
  if (info.snippet_lengths.empty()) refuse("model.json: 'snippet_lengths' is empty");
  for (const std::int64_t length : info.snippet_lengths) {
    require_within("snippet_lengths", length, kMostFramesPerSnippet);
  }
  if (info.rgb_latent_scale == 0 || info.depth_latent_scale == 0) {
    refuse("model.json: 'latent_scale' must not be 0");
  }
  return info;
}

void verify_size(const fs::path& file, const json& expected) {
  std::error_code failure;
  const auto bytes = fs::file_size(file, failure);
  if (failure) refuse("the package is incomplete: '" + file.filename().string() + "' is missing");
  if (bytes != field<std::uintmax_t>(expected, "bytes")) {
    refuse("'" + file.filename().string() + "' has " + std::to_string(bytes) +
           " bytes where model.json says " +
           std::to_string(field<std::uintmax_t>(expected, "bytes")) + "; copy the package again");
  }
}

void verify_hash(const fs::path& file, const json& expected) {
  if (file_hash(file) != field<std::string>(expected, "sha256")) {
    refuse("'" + file.filename().string() +
           "' is damaged: its SHA-256 is not the one in model.json; copy the package again");
  }
}

struct PackageText {
  std::string text;  // Of model.json.
  json document;
};

PackageText read_package_text(const fs::path& folder) {
  if (!fs::is_directory(folder)) refuse("no such folder");
  const fs::path file = folder / "model.json";
  if (!fs::exists(file)) {
    if (fs::exists(folder / "model_index.json")) {
      refuse(
          "this is a checkpoint in the diffusers layout; convert it with scripts/export_model.py");
    }
    refuse("no model.json in it, so it is not a model package");
  }
  if (!fs::is_regular_file(file)) refuse("model.json: it is no plain file");
  try {
    std::string text = read_json_text(file);
    json document = parse_json<json>(text);
    return {std::move(text), std::move(document)};
  } catch (const JsonError& error) {
    refuse(std::string("model.json: ") + error.what());
  }
}

// Calls `check` with every network's path and what model.json says of it.
template <class Check>
void each_network(const fs::path& folder, const json& document, Check&& check) {
  const json files = field<json>(document, "files");
  for (const std::string network : kNetworks) {
    const std::string name = network + ".ts";
    check(folder / name, field<json>(files, name.c_str()));
  }
}

ModelInfo read_info(const fs::path& folder) {
  const auto [text, document] = read_package_text(folder);
  ModelInfo info = parse_info(document);
  each_network(folder, document, &verify_size);
  Sha256 hash;
  hash.update(text.data(), text.size());
  info.hash = hash.hex();
  return info;
}

}  // namespace

c10::ScalarType ModelInfo::network_dtype(const std::string& network, c10::ScalarType dtype) const {
  const auto found = float32_in.find(network);
  return found != float32_in.end() && found->second.contains(dtype) ? at::kFloat : dtype;
}

c10::ScalarType ModelInfo::widest_dtype(c10::ScalarType dtype) const {
  for (const char* network : kNetworks) {
    if (network_dtype(network, dtype) == at::kFloat) return at::kFloat;
  }
  return dtype;
}

ModelInfo read_model_info(const fs::path& folder) {
  return with_context(ErrorKind::kModel, "cannot load model package '" + folder.string() + "'",
                      [&] { return read_info(folder); });
}

void verify_network_hashes(const fs::path& folder) {
  with_context(ErrorKind::kModel, "cannot load model package '" + folder.string() + "'",
               [&] { each_network(folder, read_package_text(folder).document, &verify_hash); });
}

}  // namespace rollingdepth
