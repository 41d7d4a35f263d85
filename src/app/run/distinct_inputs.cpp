#include "app/run/distinct_inputs.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

// What a file is, whatever it is called.
using FileNumber = std::pair<dev_t, ino_t>;

// Empty where a file does not tell: reading it will say why.
std::vector<FileNumber> numbers_of(const std::vector<fs::path>& files) {
  std::vector<FileNumber> numbers;
  for (const fs::path& file : files) {
    struct stat status = {};
    if (::stat(file.c_str(), &status) != 0) return {};
    numbers.emplace_back(status.st_dev, status.st_ino);
  }
  return numbers;
}

bool have_distinct_extensions(const std::vector<PlannedInput*>& inputs) {
  std::set<std::string> extensions;
  return std::all_of(inputs.begin(), inputs.end(), [&](const PlannedInput* input) {
    return extensions.insert(input->extension).second;
  });
}

// Whether a run in which it was not alone has named outputs, or begun to make them.
bool was_named_with_extension(const PlannedInput& input, const fs::path& output_dir) {
  if (input.extension.empty()) return false;
  const fs::path name = output_dir / input.subfolder / (input.stem + input.extension);
  std::error_code ignored;
  return fs::exists(name.string() + "_report.json", ignored) ||
         fs::exists(name.string() + ".job", ignored);
}

}  // namespace

void drop_repeated_inputs(InputPlan& plan) {
  std::map<std::vector<FileNumber>, std::string> seen;  // The name of the input that is kept.
  std::set<std::string> said;
  std::vector<PlannedInput> kept;
  for (PlannedInput& input : plan.inputs) {
    const std::vector<FileNumber> numbers = numbers_of(input.files);
    const auto [first, fresh] = seen.emplace(numbers, input.name);
    if (fresh || numbers.empty()) {
      kept.push_back(std::move(input));
    } else if (said.insert(input.name).second) {
      plan.notes.push_back(first->second == input.name
                               ? input.name + " is named more than once and runs once"
                               : input.name + " is " + first->second +
                                     " under another name and runs once, under that one");
    }
  }
  plan.inputs = std::move(kept);
}

void give_distinct_stems(InputPlan& plan, const fs::path& output_dir) {
  std::map<fs::path, std::vector<PlannedInput*>> by_place;
  for (PlannedInput& input : plan.inputs) {
    by_place[input.subfolder / input.stem].push_back(&input);
  }
  for (const auto& [place, inputs] : by_place) {
    const bool alone = inputs.size() == 1;
    if (alone ? !was_named_with_extension(*inputs.front(), output_dir)
              : !have_distinct_extensions(inputs)) {
      continue;
    }
    std::string names, outputs;
    for (PlannedInput* input : inputs) {
      input->stem += input->extension;
      names += (names.empty() ? "" : " and ") + input->name;
      outputs += (outputs.empty() ? "" : ", ") + (input->subfolder / input->stem).string() + "_...";
    }
    plan.notes.push_back(alone ? names + ": its outputs are called " + outputs + " as before"
                               : "the outputs of " + names +
                                     " would have the same names: they are called " + outputs);
  }
}

}  // namespace rollingdepth
