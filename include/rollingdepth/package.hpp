#pragma once

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

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

}  // namespace rollingdepth
