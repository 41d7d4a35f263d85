#include "checkpoint/recipe.hpp"

#include <ATen/ATen.h>
#include <ATen/ExpandUtils.h>

#include <cstdint>
#include <optional>

#include "base/json_reader.hpp"
#include "checkpoint/foreign_bytes.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using nlohmann::json;
using Sizes = std::vector<std::int64_t>;

// A template may be anybody's: a step of a few bytes must not fill the memory.
void require_room(std::optional<std::int64_t> numbers, const RecipeSources& sources) {
  if (numbers && *numbers <= sources.most_numbers) return;
  throw Error(ErrorKind::kModel,
              "the template has a step that gives more numbers than the weight that it makes");
}

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
  if (operation == "repeat") {
    const at::Tensor once = part(1);
    const std::int64_t times = number(2);
    require_room(numbers_in({once.numel(), times}), sources);
    return once.repeat({times});
  }
  if (operation == "rows") return part(1).slice(0, number(2), number(3));
  if (operation == "mul") {
    const at::Tensor left = part(1);
    const at::Tensor right = part(2);
    require_room(numbers_in(at::infer_size(left.sizes(), right.sizes())), sources);
    return left * right;
  }
  if (operation == "cat") {
    std::vector<at::Tensor> parts;
    std::int64_t numbers = 0;
    for (std::size_t place = 2; place < recipe.size(); ++place) {
      parts.push_back(part(place));
      numbers += parts.back().numel();
      require_room(numbers, sources);
    }
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
