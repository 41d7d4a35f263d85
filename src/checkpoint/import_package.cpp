#include "checkpoint/import_package.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file_descriptor.hpp"
#include "base/json_reader.hpp"
#include "checkpoint/checkpoint.hpp"
#include "checkpoint/foreign_bytes.hpp"
#include "checkpoint/recipe.hpp"
#include "checkpoint/template.hpp"
#include "checkpoint/template_fit.hpp"
#include "nn/network_file.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::int64_t kMegabyte = 1'000'000;
constexpr const char* kVideoDepthAnything = "video-depth-anything";

using StoredWeight = std::pair<const std::string, StoredTensor>;

/// float16 where all of the weights that are meant are that.
c10::ScalarType stored_dtype(const Checkpoint& checkpoint,
                             const std::function<bool(const StoredWeight&)>& is_meant) {
  const bool all_half = std::all_of(checkpoint.weights().begin(), checkpoint.weights().end(),
                                    [&](const StoredWeight& weight) {
                                      return weight.second.dtype == at::kHalf || !is_meant(weight);
                                    });
  return all_half ? at::kHalf : at::kFloat;
}

/// Writes the networks of one package.
class Import {
 public:
  Import(const Checkpoint& checkpoint, const Template& made, c10::ScalarType dtype, fs::path folder,
         Progress& progress)
      : checkpoint_(checkpoint),
        template_(made),
        dtype_(dtype),
        folder_(std::move(folder)),
        progress_(progress) {}

  /// @return what model.json says of the files.
  ordered_json write_networks();

 private:
  [[nodiscard]] const std::vector<TemplateRecord>& records_of(const NetworkTemplate& network) const;
  [[nodiscard]] fs::path file_of(const std::string& network) const {
    return folder_ / (network + ".ts");
  }
  NetworkFileFacts write(const NetworkTemplate& network);
  [[nodiscard]] at::Tensor weight(const std::string& network, const TemplateRecord& record) const;
  [[nodiscard]] at::Tensor take(const std::vector<std::string>& names) const;
  [[nodiscard]] at::Tensor run(const std::string& network, const std::string& part,
                               const json& arguments) const;
  [[nodiscard]] at::Tensor argument(const json& value) const;
  [[nodiscard]] at::Tensor tokens(const json& words) const;

  const Checkpoint& checkpoint_;
  const Template& template_;
  c10::ScalarType dtype_;
  fs::path folder_;
  Progress& progress_;
  std::int64_t written_bytes_ = 0;
};

// A network that is run once has its weights as they are stored.
const std::vector<TemplateRecord>& Import::records_of(const NetworkTemplate& network) const {
  const auto is_its = [&](const StoredWeight& weight) {
    return weight.first.starts_with(network.name + "/") && at::isFloatingType(weight.second.dtype);
  };
  const auto found =
      network.records.find(network.kept ? dtype_ : stored_dtype(checkpoint_, is_its));
  return found != network.records.end() ? found->second : network.records.begin()->second;
}

ordered_json Import::write_networks() {
  std::int64_t bytes = 0;
  for (const NetworkTemplate& network : template_.networks) {
    for (const TemplateRecord& record : records_of(network)) {
      bytes += record.blob ? 0
                           : c10::multiply_integers(record.shape) *
                                 static_cast<std::int64_t>(c10::elementSize(record.dtype));
    }
  }
  progress_.begin("import", bytes / kMegabyte, "MB");
  ordered_json files = ordered_json::object();
  for (const NetworkTemplate& network : template_.networks) {
    const NetworkFileFacts facts = write(network);
    if (!network.kept) continue;
    files[network.name + ".ts"] = {{"bytes", facts.bytes}, {"sha256", facts.sha256}};
  }
  for (const NetworkTemplate& network : template_.networks) {
    if (!network.kept) fs::remove(file_of(network.name));
  }
  progress_.end("");
  return files;
}

NetworkFileFacts Import::write(const NetworkTemplate& network) {
  NetworkFileWriter file(file_of(network.name));
  for (const TemplateRecord& record : records_of(network)) {
    progress_.check_cancelled();
    if (record.blob) {
      const std::string& blob = template_.blobs[*record.blob];
      file.write(record.name, blob.data(), blob.size());
      continue;
    }
    const at::Tensor values = weight(network.name, record);
    file.write(record.name, values.const_data_ptr(), values.nbytes());
    written_bytes_ += static_cast<std::int64_t>(values.nbytes());
    progress_.advance(written_bytes_ / kMegabyte);
  }
  return file.finish();
}

at::Tensor Import::weight(const std::string& network, const TemplateRecord& record) const {
  const at::Tensor made = make_weight(
      record.recipe, {.weight = [this](const auto& names) { return take(names); },
                      .run = [this](const auto& name, const auto& part,
                                    const auto& arguments) { return run(name, part, arguments); },
                      .most_numbers = c10::multiply_integers(record.shape)});
  at::Tensor values = made.to(record.dtype).contiguous();
  if (values.sizes() != at::IntArrayRef(record.shape)) {
    refuse_file(checkpoint_.path(), "the template '" + template_.title + "' gives a weight of " +
                                        network + " another shape than it needs");
  }
  if (!all_finite(values)) {
    const bool fits_float32 = all_finite(made.contiguous());
    refuse_file(checkpoint_.path(),
                "a weight of " + network + ", made of " + record.recipe.dump() +
                    (fits_float32 ? ", is too large for float16; import with --dtype fp32"
                                  : ", is too large for float32"));
  }
  return values;
}

at::Tensor Import::take(const std::vector<std::string>& names) const {
  const std::string* const name = name_in(checkpoint_, names);
  if (name == nullptr || names.empty()) refuse_file(checkpoint_.path(), "a weight is missing");
  const at::Tensor values = checkpoint_.read(*name).to(at::kFloat);
  const auto wanted = template_.weights.find(names.front());
  return wanted != template_.weights.end() ? values.reshape(wanted->second) : values;
}

at::Tensor Import::run(const std::string& network, const std::string& part,
                       const json& arguments) const {
  std::vector<at::Tensor> values;
  for (const json& value : arguments) values.push_back(argument(value));
  const bool known = std::any_of(template_.networks.begin(), template_.networks.end(),
                                 [&](const auto& one) { return one.name == network; });
  if (!known) refuse_file(checkpoint_.path(), "the template runs a network that it does not have");
  return run_network_part(file_of(network), part, values);
}

// Rows of numbers, or words of a vocabulary.
at::Tensor Import::argument(const json& value) const {
  if (value.is_object()) return tokens(value);
  const auto rows = value.get<std::vector<std::vector<float>>>();
  std::vector<at::Tensor> tensors;
  tensors.reserve(rows.size());
  for (const auto& row : rows) tensors.push_back(at::tensor(row));
  return at::stack(tensors);
}

/// int64 [1, words].
at::Tensor Import::tokens(const json& words) const {
  const auto file = words.at("file").get<std::string>();
  const auto below = json_whole_number<std::int64_t>(words.at("below"));
  const json vocabulary = checkpoint_.settings(file);
  std::vector<std::int64_t> numbers;
  for (const json& word : words.at("words")) {
    const auto found = vocabulary.find(word.get<std::string>());
    const bool known = found != vocabulary.end() && found->is_number_integer() &&
                       found->get<std::int64_t>() >= 0 && found->get<std::int64_t>() < below;
    if (!known) {
      refuse_file(checkpoint_.path(), file + ": " + word.get<std::string>() +
                                          " is not a token of a vocabulary of " +
                                          std::to_string(below));
    }
    numbers.push_back(found->get<std::int64_t>());
  }
  return at::tensor(numbers).unsqueeze(0);
}

bool is_of_kept_network(const std::string& weight, const Template& made) {
  return std::none_of(made.networks.begin(), made.networks.end(), [&](const auto& one) {
    return !one.kept && weight.starts_with(one.name + "/");
  });
}

/// Of the weights in the package.
c10::ScalarType dtype_of(const ImportOptions& options, const Template& made,
                         const Checkpoint& checkpoint) {
  if (options.dtype) return *options.dtype;
  return made.default_dtype.value_or(stored_dtype(
      checkpoint, [&](const auto& weight) { return is_of_kept_network(weight.first, made); }));
}

bool is_metric(const ImportOptions& options) {
  if (options.metric) return *options.metric;
  std::string name = options.checkpoint.filename().string();
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name.find("metric") != std::string::npos;
}

/// In the order of the package's networks.
ordered_json joined_float32_in(const ImportOptions& options, const Template& made) {
  const ordered_json own = made.model.value("float32_in", ordered_json::object());
  ordered_json joined = ordered_json::object();
  for (const NetworkTemplate& network : made.networks) {
    std::set<std::string> dtypes;
    if (own.contains(network.name)) dtypes = own.at(network.name).get<std::set<std::string>>();
    if (const auto asked = options.float32_in.find(network.name);
        asked != options.float32_in.end()) {
      dtypes.insert(asked->second.begin(), asked->second.end());
    }
    if (!dtypes.empty()) joined[network.name] = dtypes;
  }
  return joined;
}

void check_options(const ImportOptions& options, const Template& made) {
  const bool has_metric = made.kind() == kVideoDepthAnything;
  if (options.metric && !has_metric) {
    throw Error(ErrorKind::kUsage,
                "--metric: belongs to Video-Depth-Anything; this checkpoint gives relative depth "
                "only");
  }
  for (const auto& [name, dtypes] : options.float32_in) {
    const bool known = std::any_of(made.networks.begin(), made.networks.end(),
                                   [&](const auto& one) { return one.kept && one.name == name; });
    if (!known) {
      throw Error(ErrorKind::kUsage, "--float32-in: this checkpoint has no network '" + name + "'");
    }
  }
}

/// model.json of the package, but for the files.
ordered_json describe_package(const ImportOptions& options, const Template& made,
                              const Checkpoint& checkpoint, c10::ScalarType dtype) {
  ordered_json model = made.model;
  copy_settings(made, checkpoint, model);
  const fs::path path = checkpoint.path();
  model["name"] = options.name.empty() ? checkpoint_name(path) : options.name;
  model["source"] = options.source.empty() ? named_path(path).filename().string() : options.source;
  if (options.license) model["license"] = *options.license;
  if (options.notice) model["notice"] = *options.notice;
  if (options.res_px) model["preferred_res"] = *options.res_px;
  if (made.kind() == kVideoDepthAnything) {
    model["values"] = is_metric(options) ? "metres" : "relative inverse depth";
  }
  model.erase("float32_in");
  if (const ordered_json joined = joined_float32_in(options, made); !joined.empty()) {
    model["float32_in"] = joined;
  }
  // Behind the licence, where export_model.py has it.
  ordered_json placed = ordered_json::object();
  for (const auto& [key, value] : model.items()) {
    placed[key] = value;
    if (key == "license") placed["dtype"] = dtype == at::kHalf ? "float16" : "float32";
  }
  return placed;
}

}  // namespace

void import_package(const ImportOptions& options, const fs::path& folder, Progress& progress) try {
  const Checkpoint checkpoint(options.checkpoint);
  const Template made = fitting_template(options.templates, checkpoint);
  check_options(options, made);
  const c10::ScalarType dtype = dtype_of(options, made, checkpoint);
  ordered_json model = describe_package(options, made, checkpoint, dtype);
  Import networks(checkpoint, made, dtype, folder, progress);
  model["files"] = networks.write_networks();
  // Names of files need not be UTF-8; JSON must be.
  const std::string text = model.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  FileDescriptor file = FileDescriptor::open_to_write(folder / "model.json");
  file.write(text.data(), text.size());
  file.close();
} catch (const JsonError& error) {
  throw Error(ErrorKind::kModel, std::string("the template is damaged: ") + error.what());
} catch (const json::exception& error) {
  throw Error(ErrorKind::kModel, std::string("the template is damaged: ") + error.what());
}

}  // namespace rollingdepth
