#include "nn/package.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <future>
#include <memory>
#include <utility>

#include "base/json_reader.hpp"
#include "base/resample.hpp"
#include "base/sha256.hpp"
#include "base/trace.hpp"

namespace rollingdepth {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

constexpr int kFormatVersion = 1;

std::string file_hash(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) refuse_package("cannot read '" + file.string() + "'");
  Sha256 hash;
  std::vector<char> buffer(1 << 20);
  while (stream.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) ||
         stream.gcount() > 0) {
    hash.update(buffer.data(), static_cast<std::size_t>(stream.gcount()));
  }
  if (stream.bad()) refuse_package("cannot read '" + file.string() + "'");
  return hash.hex();
}

c10::ScalarType parse_half_dtype(const std::string& name) {
  if (name == "bf16") return at::kBFloat16;
  if (name == "fp16") return at::kHalf;
  refuse_package("model.json: 'float32_in' names '" + name +
                 "', which is neither 'bf16' nor 'fp16'");
}

// Both keys may be there: programs that know only the older one then do as much as they can.
decltype(PackageInfo::float32_in) parse_float32(const json& document) {
  decltype(PackageInfo::float32_in) float32_in;
  if (document.contains("float32_networks")) {
    for (const auto& name : package_field<std::vector<std::string>>(document, "float32_networks")) {
      float32_in[name].insert(at::kBFloat16);
    }
  }
  if (document.contains("float32_in")) {
    using Names = std::map<std::string, std::vector<std::string>>;
    for (const auto& [name, dtypes] : package_field<Names>(document, "float32_in")) {
      for (const std::string& dtype : dtypes) float32_in[name].insert(parse_half_dtype(dtype));
    }
  }
  return float32_in;
}

void check_header(const json& document) {
  if (!document.is_object()) refuse_package("model.json is not a JSON object");
  const int version = package_field<int>(document, "format_version");
  if (version != kFormatVersion) {
    refuse_package("model.json has format version " + std::to_string(version) +
                   ", this program reads version " + std::to_string(kFormatVersion) +
                   (version > kFormatVersion ? "; a newer release of rollingdepth is needed" : ""));
  }
  if (const auto backend = package_field<std::string>(document, "backend");
      backend != "torchscript") {
    refuse_package("model.json asks for backend '" + backend + "', this program has 'torchscript'");
  }
}

PackageInfo parse_info(const json& document) {
  check_header(document);
  PackageInfo info;
  info.kind = package_field<std::string>(document, "kind");
  info.name = package_field<std::string>(document, "name");
  info.notice = package_field<std::string>(document, "notice");
  info.source = package_field<std::string>(document, "source");
  info.license = package_field<std::string>(document, "license");
  if (const json res = package_field<json>(document, "preferred_res"); !res.is_null()) {
    info.preferred_res = package_field<std::int64_t>(document, "preferred_res");
    if (*info.preferred_res < kMinResolutionPx || *info.preferred_res > kMaxResolutionPx) {
      refuse_package("model.json: 'preferred_res' must be 8 to 16384");
    }
  }
  info.float32_in = parse_float32(document);
  return info;
}

void verify_size(const fs::path& file, const json& expected) {
  std::error_code failure;
  const auto bytes = fs::file_size(file, failure);
  if (failure) {
    refuse_package("the package is incomplete: '" + file.filename().string() + "' is missing");
  }
  if (bytes != package_field<std::uintmax_t>(expected, "bytes")) {
    refuse_package("'" + file.filename().string() + "' has " + std::to_string(bytes) +
                   " bytes where model.json says " +
                   std::to_string(package_field<std::uintmax_t>(expected, "bytes")) +
                   "; copy the package again");
  }
}

void verify_hash(const fs::path& file, const json& expected) {
  if (file_hash(file) != package_field<std::string>(expected, "sha256")) {
    refuse_package("'" + file.filename().string() +
                   "' is damaged: its SHA-256 is not the one in model.json; "
                   "copy the package "
                   "again");
  }
}

std::string read_text(const fs::path& folder) {
  if (!fs::is_directory(folder)) refuse_package("no such folder");
  const fs::path file = folder / "model.json";
  if (!fs::exists(file)) {
    if (fs::exists(folder / "model_index.json")) {
      refuse_package(
          "this is a checkpoint in the layout of diffusers; `rollingdepth import` makes a package "
          "of it");
    }
    refuse_package("no model.json in it, so it is not a model package");
  }
  if (!fs::is_regular_file(file)) refuse_package("model.json: it is no plain file");
  return read_json_text(file);
}

// Calls `check` with every network's path and what model.json says of it.
template <class Check>
void each_network(const Package& package, const std::vector<std::string>& networks, Check&& check) {
  const json files = package_field<json>(package.document, "files");
  for (const std::string& network : networks) {
    const std::string name = network + ".ts";
    check(package.folder / name, package_field<json>(files, name.c_str()));
  }
}

}  // namespace

void refuse_package(const std::string& what) { throw Error(ErrorKind::kModel, what); }

c10::ScalarType PackageInfo::network_dtype(const std::string& network,
                                           c10::ScalarType dtype) const {
  const auto found = float32_in.find(network);
  return found != float32_in.end() && found->second.contains(dtype) ? at::kFloat : dtype;
}

c10::ScalarType PackageInfo::widest_dtype(c10::ScalarType dtype) const {
  const bool any = std::any_of(float32_in.begin(), float32_in.end(),
                               [&](const auto& entry) { return entry.second.contains(dtype); });
  return any ? at::kFloat : dtype;
}

Package read_package(const fs::path& folder) try {
  const std::string text = read_text(folder);
  Package package{.folder = folder, .info = {}, .document = parse_json<json>(text)};
  package.info = parse_info(package.document);
  Sha256 hash;
  hash.update(text.data(), text.size());
  package.info.hash = hash.hex();
  return package;
} catch (const JsonError& error) {
  refuse_package(std::string("model.json: ") + error.what());
}

Package open_package(const fs::path& folder) {
  return in_package(folder, [&] { return read_package(folder); });
}

void check_networks(const Package& package, const std::vector<std::string>& networks) {
  for (const auto& [name, dtypes] : package.info.float32_in) {
    if (std::find(networks.begin(), networks.end(), name) != networks.end()) continue;
    const bool new_key =
        package.document.contains("float32_in") && package.document["float32_in"].contains(name);
    refuse_package(std::string("model.json: '") + (new_key ? "float32_in" : "float32_networks") +
                   "' names '" + name + "', which is no network");
  }
  each_network(package, networks, &verify_size);
}

void load_verified(const Package& package, const std::vector<std::string>& networks,
                   const std::function<void()>& load) {
  std::future<void> hashes = std::async(std::launch::async, [&] {
    name_trace_thread("hash");
    const TraceSpan hashing("read", "hash model");
    in_package(package.folder, [&] { each_network(package, networks, &verify_hash); });
  });
  try {
    load();
  } catch (...) {
    hashes.get();
    throw;
  }
  hashes.get();
}

}  // namespace rollingdepth
