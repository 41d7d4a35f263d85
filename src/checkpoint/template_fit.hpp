#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "checkpoint/checkpoint.hpp"
#include "checkpoint/template.hpp"

namespace rollingdepth {

/// Why a template does not fit a checkpoint; nothing is wrong where both lists are empty.
struct Misfit {
  std::vector<std::string> settings;  ///< "unet/config.json: norm_num_groups = 8, and it has 32".
  std::vector<std::string> weights;   ///< Missing, unknown, of another shape.
  std::size_t known = 0;              ///< Weights under a name that the template has.
  std::size_t strange = 0;            ///< Names that only one of the two has.
  std::size_t odd = 0;                ///< Known weights of another shape or dtype.

  [[nodiscard]] bool fits() const { return settings.empty() && weights.empty(); }
};

/// Holds a checkpoint against a template, by names, shapes and settings; no values are read.
/// @throws Error(kModel) for settings that are missing or no JSON.
Misfit misfit_of(const Template& made, const Checkpoint& checkpoint);

/// The first of the templates that fits. @throws Error(kModel) saying of the nearest, by the names
/// of weights and then by their shapes, what does not fit, and how to make one; Error(kModel) where
/// `folders` is empty.
Template fitting_template(const std::vector<std::filesystem::path>& folders,
                          const Checkpoint& checkpoint);

/// The name under which a checkpoint has a weight, of those that a template knows for it.
/// @return nullptr where it has none of them.
const std::string* name_in(const Checkpoint& checkpoint, const std::vector<std::string>& names);

/// Whether a stored weight can be taken for one of `wanted` shape: the same, but that old
/// checkpoints hold 1x1 convolutions for linear layers.
bool has_shape(const StoredTensor& stored, const std::vector<std::int64_t>& wanted);

/// Puts what model.json takes over of the checkpoint's settings in its place.
/// @throws Error(kModel) naming a setting of another type.
void copy_settings(const Template& made, const Checkpoint& checkpoint,
                   nlohmann::ordered_json& model);

}  // namespace rollingdepth
