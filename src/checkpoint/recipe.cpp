#include "checkpoint/recipe.hpp"

#include <ATen/ATen.h>

#include <cstdint>

#include "base/json_reader.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using nlohmann::json;
using Sizes = std::vector<std::int64_t>;

at::Tensor make(const json& recipe, const RecipeSources& sources) {
  const auto operation = recipe.at(0).get<std::string>();
  const auto part = [&](std::size_t place) { return make(recipe.at(place), sources); };
  const auto number = [&](std::size_t place) {
    return json_whole_number<std::int64_t>(recipe.at(place));
  };
  if (operation == "take") {
    return sources.weight({recipe.begin() + 1, recipe.end()});
  }
  if (operation == "reshape") return part(1).reshape(json_value<Sizes>(recipe.at(2)));
  if (operation == "permute") return part(1).permute(json_value<Sizes>(recipe.at(2)));
  if (operation == "repeat") return part(1).repeat({number(2)});
  if (operation == "rows") return part(1).slice(0, number(2), number(3));
  if (operation == "mul") return part(1) * part(2);
  if (operation == "cat") {
    std::vector<at::Tensor> parts;
    for (std::size_t place = 2; place < recipe.size(); ++place) parts.push_back(part(place));
    return at::cat(parts, number(1));
  }
  if (operation == "run") {
    return sources.run(recipe.at(1).get<std::string>(), recipe.at(2).get<std::string>(),
                       recipe.at(3));
  }
  throw Error(ErrorKind::kModel, "it knows the step '" + operation + "'");
}

}  // namespace

at::Tensor make_weight(const json& recipe, const RecipeSources& sources) try {
  return make(recipe, sources);
} catch (const JsonError& error) {
  throw Error(ErrorKind::kModel,
              std::string("the template has a step that is none: ") + error.what());
} catch (const json::exception& error) {
  throw Error(ErrorKind::kModel,
              std::string("the template has a step that is none: ") + error.what());
} catch (const c10::Error& error) {
  throw Error(ErrorKind::kModel, std::string("the template has a step that does not fit: ") +
                                     error.what_without_backtrace());
}

}  // namespace rollingdepth
