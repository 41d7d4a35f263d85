#include "checkpoint/template_fit.hpp"

#include <c10/core/ScalarType.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "checkpoint/foreign_bytes.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t kShownNames = 5;

bool begins_with_any(const std::string& name, const std::vector<std::string>& beginnings) {
  return std::any_of(beginnings.begin(), beginnings.end(),
                     [&](const std::string& beginning) { return name.starts_with(beginning); });
}

/// A number stands for a list of it, one a block.
bool is_same(const json& value, const json& wanted) {
  if (value == wanted) return true;
  const auto all = [](const json& list, const json& single) {
    return list.is_array() && !list.empty() && !single.is_array() &&
           std::all_of(list.begin(), list.end(), [&](const json& one) { return one == single; });
  };
  return all(value, wanted) || all(wanted, value);
}

json setting_of(const json& settings, const std::string& key, const json& otherwise) {
  const auto found = settings.find(key);
  return found != settings.end() ? *found : otherwise;
}

std::set<std::string> copied_keys(const Template& made, const std::string& file) {
  std::set<std::string> keys;
  for (const json& entry : made.copied) {
    if (entry.at("file") == file) keys.insert(entry.at("key").get<std::string>());
  }
  return keys;
}

void compare_settings(const Template& made, const std::string& file, const json& settings,
                      Misfit& misfit) {
  const json& keys = made.conditions.at(file).at("keys");
  std::set<std::string> known = copied_keys(made, file);
  for (const auto& [key, condition] : keys.items()) {
    known.insert(key);
    const json value = setting_of(settings, key, condition.at("default"));
    const json& allowed = condition.at("allowed");
    if (std::any_of(allowed.begin(), allowed.end(),
                    [&](const json& one) { return is_same(value, one); })) {
      continue;
    }
    misfit.settings.push_back(file + ": " + key + " = " + value.dump() +
                              ", and the template is made for " + allowed.front().dump());
  }
  for (const json& key : made.conditions.at(file).at("harmless")) {
    known.insert(key.get<std::string>());
  }
  for (const auto& [key, value] : settings.items()) {
    if (known.contains(key) || value.is_null()) continue;
    misfit.settings.push_back(file + ": " + key + " = " + value.dump() +
                              " is unknown, and may change what the network computes");
  }
}

std::string listed(const std::vector<std::string>& names, const char* what) {
  std::string text = std::to_string(names.size()) + " weights " + what + ": ";
  for (std::size_t i = 0; i < std::min(names.size(), kShownNames); ++i) {
    text += (i > 0 ? ", " : "") + names[i];
  }
  if (names.size() > kShownNames) {
    text += " and " + std::to_string(names.size() - kShownNames) + " more";
  }
  return text;
}

bool is_float(c10::ScalarType dtype) {
  return dtype == at::kFloat || dtype == at::kHalf || dtype == at::kBFloat16;
}

std::string shape_text(const std::vector<std::int64_t>& shape) { return json(shape).dump(); }

/// The names of each weight of a template, the one that it has there first.
std::map<std::string, std::vector<std::string>> spellings_of(const Template& made) {
  std::map<std::string, std::vector<std::string>> spellings;
  const auto look = [&](const auto& self, const json& recipe) -> void {
    if (!recipe.is_array() || recipe.empty()) return;
    if (recipe.front() == "take") {
      const std::vector<std::string> names(recipe.begin() + 1, recipe.end());
      if (!names.empty()) spellings[names.front()] = names;
      return;
    }
    for (const json& part : recipe) self(self, part);
  };
  for (const NetworkTemplate& network : made.networks) {
    for (const auto& [dtype, records] : network.records) {
      for (const TemplateRecord& record : records) look(look, record.recipe);
    }
  }
  return spellings;
}

void compare_weights(const Template& made, const Checkpoint& checkpoint, Misfit& misfit) {
  const auto spellings = spellings_of(made);
  std::set<std::string> taken;
  std::vector<std::string> missing;
  std::vector<std::string> odd;
  for (const auto& [name, shape] : made.weights) {
    const auto names = spellings.find(name);
    const std::string* const found =
        name_in(checkpoint, names != spellings.end() ? names->second : std::vector{name});
    if (found == nullptr) {
      missing.push_back(name);
      continue;
    }
    taken.insert(*found);
    const StoredTensor& stored = checkpoint.weights().at(*found);
    if (!is_float(stored.dtype)) {
      odd.push_back(*found + " (" + c10::toString(stored.dtype) +
                    ", and float32, float16 or bfloat16 is needed)");
    } else if (!has_shape(stored, shape)) {
      odd.push_back(*found + " (" + shape_text(stored.shape) + ", and " + shape_text(shape) +
                    " is needed)");
    }
  }
  std::vector<std::string> unknown;
  for (const auto& [name, stored] : checkpoint.weights()) {
    if (!taken.contains(name) && !begins_with_any(name, made.unused)) unknown.push_back(name);
  }
  misfit.known = taken.size();
  misfit.strange = missing.size() + unknown.size();
  misfit.odd = odd.size();
  for (const auto& [names, what] : {std::pair{&missing, "are missing"},
                                    {&unknown, "are unknown"},
                                    {&odd, "have another shape or dtype"}}) {
    if (!names->empty()) misfit.weights.push_back(listed(*names, what));
  }
}

bool is_nearer(const Misfit& one, const Misfit& other) {
  return std::pair{one.strange, one.odd} < std::pair{other.strange, other.odd};
}

/// What of a misfit a person should read first.
std::string first_of(const Misfit& misfit) {
  if (!misfit.settings.empty()) return misfit.settings.front();
  std::string text;
  for (const std::string& why : misfit.weights) text += (text.empty() ? "" : "; ") + why;
  return text;
}

[[noreturn]] void refuse_unknown(const Checkpoint& checkpoint,
                                 const std::optional<Template>& nearest, const Misfit& misfit) {
  const auto has_beginning = [&](const std::string& beginning) {
    const auto found = checkpoint.weights().lower_bound(beginning);
    return found != checkpoint.weights().end() && found->first.starts_with(beginning);
  };
  if (has_beginning("pretrained.pos_embed") && !has_beginning("head.motion_modules.")) {
    refuse_file(checkpoint.path(),
                "this looks like an image model of Depth Anything, which knows no video");
  }
  if (!nearest) {
    refuse_file(
        checkpoint.path(),
        "not a checkpoint of RollingDepth, Video-Depth-Anything or GemDepth: no template knows "
        "its weights");
  }
  refuse_file(checkpoint.path(),
              "does not fit the template '" + nearest->title +
                  "', the nearest: " + first_of(misfit) +
                  " (where that is meant, scripts/export_model.py CHECKPOINT DIR "
                  "--template writes one for it, for --template DIR)");
}

/// `value` in the type that a template's default has.
json typed(const Checkpoint& checkpoint, const json& entry, const json& value, const json& wanted) {
  const bool number = wanted.is_number_float() && value.is_number();
  const bool whole = wanted.is_number_integer() && value.is_number_integer();
  if (number) return value.get<double>();
  if (whole || (wanted.type() == value.type() && !wanted.is_number())) return value;
  refuse_file(checkpoint.path(), entry.at("file").get<std::string>() + ": " +
                                     entry.at("key").get<std::string>() + " = " + value.dump() +
                                     " is not supported");
}

}  // namespace

const std::string* name_in(const Checkpoint& checkpoint, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const auto found = checkpoint.weights().find(name);
    if (found != checkpoint.weights().end()) return &found->first;
  }
  return nullptr;
}

bool has_shape(const StoredTensor& stored, const std::vector<std::int64_t>& wanted) {
  std::vector<std::int64_t> shape = stored.shape;
  if (shape.size() == 4 && wanted.size() == 2 && shape[2] == 1 && shape[3] == 1) shape.resize(2);
  return shape == wanted;
}

Misfit misfit_of(const Template& made, const Checkpoint& checkpoint) {
  Misfit misfit;
  if (made.conditions.empty() == checkpoint.is_folder()) {
    misfit.weights.emplace_back("it is for another kind of checkpoint");
    return misfit;
  }
  for (const auto& [file, condition] : made.conditions.items()) {
    compare_settings(made, file, checkpoint.settings(file), misfit);
  }
  compare_weights(made, checkpoint, misfit);
  return misfit;
}

Template fitting_template(const std::vector<fs::path>& folders, const Checkpoint& checkpoint) {
  std::optional<Template> nearest;
  Misfit least;
  for (const fs::path& folder : folders) {
    Template made = read_template(folder);
    Misfit misfit = misfit_of(made, checkpoint);
    if (misfit.fits()) return made;
    if (misfit.known > 0 && (!nearest || is_nearer(misfit, least))) {
      nearest = std::move(made);
      least = std::move(misfit);
    }
  }
  if (folders.empty()) {
    throw Error(ErrorKind::kModel,
                "no templates are there (models/templates); name one with "
                "--template");
  }
  refuse_unknown(checkpoint, nearest, least);
}

void copy_settings(const Template& made, const Checkpoint& checkpoint, ordered_json& model) {
  std::map<std::string, json> opened;
  for (const json& entry : made.copied) {
    const auto file = entry.at("file").get<std::string>();
    if (!opened.contains(file)) opened[file] = checkpoint.settings(file);
    const json value =
        setting_of(opened[file], entry.at("key").get<std::string>(), entry.at("default"));
    for (const json& into : entry.at("into")) {
      ordered_json* place = &model;
      for (const json& key : into) place = &place->at(key.get<std::string>());
      *place = typed(checkpoint, entry, value, json(*place));
    }
  }
}

}  // namespace rollingdepth
