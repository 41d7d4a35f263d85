#pragma once

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/error.hpp"

namespace rollingdepth {

/// What `model.json` says of a model package of any kind.
struct PackageInfo {
  std::string kind;     ///< Of method that the networks are for: "rollingdepth".
  std::string name;     ///< For people.
  std::string source;   ///< Where the weights come from.
  std::string license;  ///< Licence of the weights.
  std::string notice;   ///< Shown as one warning line on every run; empty for a normal model.
  std::optional<std::int64_t> preferred_res;  ///< Longest edge in pixels that the model likes.
  /// Networks that run in float32 instead where the model runs in one of these, which costs them
  /// accuracy or overflows.
  std::map<std::string, std::set<c10::ScalarType>> float32_in;
  std::string hash;  ///< SHA-256 of model.json (which holds every file's), lower-case hex.

  /// What a network of a model of `dtype` runs in: that, or float32.
  [[nodiscard]] c10::ScalarType network_dtype(const std::string& network,
                                              c10::ScalarType dtype) const;
  /// The largest of the networks' dtypes, which decides what memory must hold.
  [[nodiscard]] c10::ScalarType widest_dtype(c10::ScalarType dtype) const;
};

/// A package whose model.json was read.
struct Package {
  std::filesystem::path folder;
  PackageInfo info;
  nlohmann::json document;  ///< Of model.json, for what belongs to one kind.
};

/// Reads model.json: the format, what all kinds have, and the kind.
/// @throws Error(kModel) saying what is wrong, without the folder's name.
Package read_package(const std::filesystem::path& folder);

/// Compares the files of `networks`, NAME.ts each, with what model.json says of them, and
/// `float32_in` with their names. @throws Error(kModel).
void check_networks(const Package& package, const std::vector<std::string>& networks);

/// Compares the SHA-256 of the networks' files with model.json. @throws Error(kModel).
void verify_network_hashes(const Package& package, const std::vector<std::string>& networks);

/// Runs `read`, whose errors get the folder's name in front.
template <class Read>
auto in_package(const std::filesystem::path& folder, Read&& read) {
  return with_context(ErrorKind::kModel, "cannot load model package '" + folder.string() + "'",
                      std::forward<Read>(read));
}

/// @throws Error(kModel, `what`).
[[noreturn]] void refuse_package(const std::string& what);

/// A field of model.json. @throws Error(kModel) naming it where it is missing or of another type.
template <class T>
T package_field(const nlohmann::json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) refuse_package(std::string("model.json lacks '") + key + "'");
  try {
    return found->get<T>();
  } catch (const nlohmann::json::exception&) {
    refuse_package(std::string("model.json: '") + key + "' has the wrong type");
  }
}

}  // namespace rollingdepth
