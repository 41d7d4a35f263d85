#pragma once

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/json_reader.hpp"
#include "rollingdepth/error.hpp"
#include "rollingdepth/package.hpp"

namespace rollingdepth {

/// A package whose model.json was read.
struct Package {
  std::filesystem::path folder;
  PackageInfo info;
  nlohmann::json document;  ///< Of model.json, for what belongs to one kind.
};

/// Reads model.json: the format, what all kinds have, and the kind.
/// @throws Error(kModel) saying what is wrong, without the folder's name.
Package read_package(const std::filesystem::path& folder);

/// The same; errors name the folder.
Package open_package(const std::filesystem::path& folder);

/// Compares the files of `networks`, NAME.ts each, with what model.json says of them, and
/// `float32_in` with their names. @throws Error(kModel).
void check_networks(const Package& package, const std::vector<std::string>& networks);

/// Runs `read`, whose errors get the folder's name in front.
template <class Read>
auto in_package(const std::filesystem::path& folder, Read&& read) {
  return with_context(ErrorKind::kModel, "cannot load model package '" + folder.string() + "'",
                      std::forward<Read>(read));
}

/// Runs `load` while the hashes of `networks` are compared. What is wrong with a file comes before
/// what became of reading it. @throws Error(kModel), and what `load` throws.
void load_verified(const Package& package, const std::vector<std::string>& networks,
                   const std::function<void()>& load);

/// @throws Error(kModel, `what`).
[[noreturn]] void refuse_package(const std::string& what);

/// A field of model.json. @throws Error(kModel) naming it where it is missing or of another type.
template <class T>
T package_field(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) refuse_package(std::string("model.json lacks '") + key + "'");
  try {
    return json_value<T>(*found);
  } catch (const nlohmann::json::exception&) {
  } catch (const JsonError&) {
  }
  refuse_package(std::string("model.json: '") + key + "' has the wrong type");
}

}  // namespace rollingdepth
