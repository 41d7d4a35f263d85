#pragma once

#include <c10/core/ScalarType.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace rollingdepth {

/// A record of a network's file: bytes that all packages share, or a weight.
struct TemplateRecord {
  std::string name;
  std::optional<std::size_t> blob;  ///< Of Template::blobs; unset for a weight.
  nlohmann::json recipe;            ///< How the weight is made, see recipe.hpp.
  std::vector<std::int64_t> shape;
  c10::ScalarType dtype = c10::ScalarType::Float;
};

/// The file of one network, for weights of several dtypes.
struct NetworkTemplate {
  std::string name;
  std::map<c10::ScalarType, std::vector<TemplateRecord>> records;
  bool kept = true;  ///< In the package; else it is run once and goes.
};

/// A package without weights, and how these are made of a checkpoint's.
/// Source: scripts/rollingdepth_export/template.py, which writes it.
struct Template {
  std::string title;             ///< Of what it is made for.
  nlohmann::ordered_json model;  ///< model.json, without the dtype and the files' sizes and hashes.
  std::optional<c10::ScalarType> default_dtype;  ///< Unset: as the checkpoint has it.
  nlohmann::json conditions;  ///< By file of settings: `keys`, what they have to be; `harmless`.
  nlohmann::json copied;      ///< Settings that model.json takes over: file, key, default, into.
  std::map<std::string, std::vector<std::int64_t>> weights;  ///< Shapes of those that are needed.
  std::vector<std::string> unused;        ///< What names of weights begin with that are not needed.
  std::vector<NetworkTemplate> networks;  ///< In the order in which they are made.
  std::vector<std::string> blobs;

  [[nodiscard]] std::string kind() const;
};

/// @param folder with template.tar.xz. @throws Error(kModel) naming it.
Template read_template(const std::filesystem::path& folder);

/// The folders in `places` that hold a template, by name. Places that are not there have none.
std::vector<std::filesystem::path> find_templates(const std::vector<std::filesystem::path>& places);

}  // namespace rollingdepth
