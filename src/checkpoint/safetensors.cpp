#include "checkpoint/safetensors.hpp"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <utility>
#include <vector>

#include "base/file_descriptor.hpp"
#include "base/json_reader.hpp"
#include "checkpoint/foreign_bytes.hpp"
#include "checkpoint/safetensors_header.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kLengthBytes = 8;
constexpr std::int64_t kMaxHeaderBytes = 100'000'000;  // As the reference implementation has it.
constexpr std::size_t kShownNames = 5;

/// A single file.
class SafetensorsFile {
 public:
  /// @throws Error(kModel).
  explicit SafetensorsFile(const fs::path& path) : path_(path) {
    const std::int64_t bytes = plain_file_bytes(path);
    file_ = FileDescriptor::open_to_read(path);
    const std::string header = read_header(bytes);
    with_context(ErrorKind::kModel, path.string(),
                 [&] { entries_ = read_safetensors_header(header, bytes - data_); });
  }

  [[nodiscard]] const fs::path& path() const { return path_; }
  [[nodiscard]] const std::map<std::string, SafetensorsEntry>& entries() const { return entries_; }

  [[nodiscard]] at::Tensor read(const std::string& name) const {
    const SafetensorsEntry& entry = entries_.at(name);
    at::Tensor values = at::empty(entry.tensor.shape, entry.tensor.dtype);
    if (!file_.read_at(values.data_ptr(), values.nbytes(), data_ + entry.begin)) {
      refuse_file(path_, "is cut short in weight " + name);
    }
    if (!all_finite(values)) refuse_file(path_, "weight " + name + " holds infinities or NaN");
    return values;
  }

 private:
  // The JSON; sets where data begins.
  std::string read_header(std::int64_t bytes) {
    std::string start(static_cast<std::size_t>(std::min(bytes, kStartBytes)), '\0');
    if (!file_.read_at(start.data(), start.size(), 0)) refuse_file(path_, "is cut short");
    refuse_other_downloads(path_, start);
    if (bytes < kLengthBytes) refuse_file(path_, "is no safetensors file, or cut short");
    std::uint64_t length = 0;
    for (std::size_t i = kLengthBytes; i-- > 0;) {
      length = length << 8 | static_cast<unsigned char>(start[i]);
    }
    const bool begins_as_json = start.size() > kLengthBytes && start[kLengthBytes] == '{';
    if (length > kMaxHeaderBytes || !begins_as_json) refuse_file(path_, "is no safetensors file");
    if (static_cast<std::int64_t>(length) > bytes - kLengthBytes) {
      refuse_file(path_, "is cut short: its header alone has " + std::to_string(length) +
                             " bytes, the file " + std::to_string(bytes));
    }
    std::string header(length, '\0');
    if (!file_.read_at(header.data(), header.size(), kLengthBytes)) {
      refuse_file(path_, "is cut short");
    }
    data_ = kLengthBytes + static_cast<std::int64_t>(length);
    return header;
  }

  fs::path path_;
  FileDescriptor file_;
  std::int64_t data_ = 0;  ///< Where data begins.
  std::map<std::string, SafetensorsEntry> entries_;
};

/// One file or several.
class Safetensors : public TensorFile {
 public:
  explicit Safetensors(const std::vector<fs::path>& paths) {
    files_.reserve(paths.size());
    for (const fs::path& path : paths) {
      const SafetensorsFile& file = files_.emplace_back(path);
      for (const auto& [name, entry] : file.entries()) {
        if (!tensors_.emplace(name, entry.tensor).second) {
          refuse_file(path, "weight " + name + " is in another file of the same network too");
        }
        file_of_.emplace(name, files_.size() - 1);
      }
    }
  }

  [[nodiscard]] const std::map<std::string, StoredTensor>& tensors() const override {
    return tensors_;
  }
  at::Tensor read(const std::string& name) const override {
    return files_[file_of_.at(name)].read(name);
  }

 private:
  std::vector<SafetensorsFile> files_;
  std::map<std::string, StoredTensor> tensors_;
  std::map<std::string, std::size_t> file_of_;
};

/// The files that an index names, by weight. A path in a downloaded file must not lead out of the
/// checkpoint.
std::map<std::string, std::string> read_index(const fs::path& index) {
  std::map<std::string, std::string> file_of;
  nlohmann::json json;
  try {
    json = read_json<nlohmann::json>(index);
  } catch (const Error& error) {
    refuse_file(index, std::string("not an index of safetensors files: ").append(error.what()));
  }
  if (!json.is_object() || !json.contains("weight_map") || !json["weight_map"].is_object()) {
    refuse_file(index, "not an index of safetensors files: it has no weight_map");
  }
  for (const auto& [weight, file] : json["weight_map"].items()) {
    const std::string name = file.is_string() ? file.get<std::string>() : "";
    if (name.empty() || name == "." || name == ".." || fs::path(name).filename() != name ||
        name.find('\0') != std::string::npos) {
      refuse_file(index, file.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) +
                             " is not the name of a file beside it");
    }
    file_of.emplace(weight, name);
  }
  if (file_of.empty()) refuse_file(index, "names no weights");
  return file_of;
}

std::unique_ptr<TensorFile> open_indexed(const fs::path& index) {
  const std::map<std::string, std::string> file_of = read_index(index);
  std::set<std::string> names;
  for (const auto& [weight, file] : file_of) names.insert(file);
  std::vector<fs::path> paths;
  for (const std::string& name : names) paths.push_back(index.parent_path() / name);
  auto opened = std::make_unique<Safetensors>(paths);
  std::string missing;
  std::size_t count = 0;
  for (const auto& [weight, file] : file_of) {
    if (opened->tensors().contains(weight) || ++count > kShownNames) continue;
    missing += (missing.empty() ? "" : ", ") + weight;
  }
  if (count > 0) {
    refuse_file(
        index, "names weights that no file holds: " + missing + (count > kShownNames ? ", …" : ""));
  }
  return opened;
}

bool holds_bin_files(const fs::path& folder) {
  std::error_code problem;
  for (const auto& entry : fs::directory_iterator(folder, problem)) {
    if (entry.path().extension() == ".bin") return true;
  }
  return false;
}

}  // namespace

std::unique_ptr<TensorFile> open_safetensors(const fs::path& folder, const std::string& stem) {
  std::error_code ignored;
  for (const std::string variant : {"", ".fp16"}) {
    const fs::path single = folder / (stem + variant + ".safetensors");
    if (fs::is_regular_file(single, ignored)) {
      return std::make_unique<Safetensors>(std::vector<fs::path>{single});
    }
    const fs::path index = folder / (stem + ".safetensors.index" + variant + ".json");
    if (fs::is_regular_file(index, ignored)) return open_indexed(index);
  }
  std::string why =
      "neither " + stem + ".safetensors nor " + stem + ".safetensors.index.json is there";
  if (holds_bin_files(folder)) {
    why += " (.bin files can run code when they are read; convert them to safetensors)";
  }
  refuse_file(folder, why);
}

}  // namespace rollingdepth
