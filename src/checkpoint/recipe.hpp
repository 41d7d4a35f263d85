#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace rollingdepth {

/// Where a recipe takes its values from.
struct RecipeSources {
  /// A weight of the checkpoint, float32, in the shape that the template has it in.
  /// @param names that it may have, of which the first that is there counts.
  std::function<at::Tensor(const std::vector<std::string>& names)> weight;
  /// What a part of a network that was written before gives, float32.
  std::function<at::Tensor(const std::string& network, const std::string& part,
                           const nlohmann::json& arguments)>
      run;
  /// What a step that enlarges may give: as many numbers as the weight that is made has.
  std::int64_t most_numbers = 0;
};

/// Makes a weight as a template says:
///   ["take", NAME, ...]          the checkpoint's
///   ["reshape", R, [SIZE, ...]]  ["permute", R, [AXIS, ...]]
///   ["repeat", R, TIMES]         one after the other
///   ["rows", R, FIRST, LAST]     of the first axis, without the last
///   ["mul", R, R]                broadcast
///   ["cat", AXIS, R, ...]
///   ["run", NETWORK, PART, [ARGUMENT, ...]]
/// @return float32. @throws Error(kModel) for a recipe that is none, and what the sources throw.
at::Tensor make_weight(const nlohmann::json& recipe, const RecipeSources& sources);

}  // namespace rollingdepth
