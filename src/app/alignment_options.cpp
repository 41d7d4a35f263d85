#include "app/alignment_options.hpp"

#include <array>
#include <limits>
#include <string_view>
#include <variant>

#include "base/suggestion.hpp"
#include "base/value_checks.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr const char* kSet = "--align-set";

/// A value of a quality that can be changed alone.
struct AlignmentValue {
  std::string_view name;
  Aligner aligner;  ///< Whose value it is; the other one would never look at it.
  std::variant<int CoAlignOptions::*, std::int64_t CoAlignOptions::*, double CoAlignOptions::*>
      field;
};

constexpr std::array<AlignmentValue, 7> kValues = {{
    {"rounds", Aligner::kIrls, &CoAlignOptions::max_rounds},
    {"samples", Aligner::kIrls, &CoAlignOptions::samples_per_map},
    {"tolerance", Aligner::kIrls, &CoAlignOptions::tolerance},
    {"max_steps", Aligner::kAdam, &CoAlignOptions::max_steps},
    {"min_steps", Aligner::kAdam, &CoAlignOptions::min_steps},
    {"patience", Aligner::kAdam, &CoAlignOptions::patience},
    {"threshold", Aligner::kAdam, &CoAlignOptions::threshold},
}};

const AlignmentValue& value_named(const std::string& name) {
  std::vector<std::string> names;
  for (const AlignmentValue& value : kValues) {
    if (value.name == name) return value;
    names.emplace_back(value.name);
  }
  throw Error(ErrorKind::kUsage,
              std::string(kSet) + ": " + unknown_name("value of the alignment", name, names));
}

void assign(CoAlignOptions& options, const AlignmentValue& value, const std::string& text) {
  const std::string option = std::string(kSet) + ": " + std::string(value.name);
  if (const auto* real = std::get_if<double CoAlignOptions::*>(&value.field)) {
    options.*(*real) = parse_real_number(option, text);
    return;
  }
  const std::int64_t number = parse_whole_number(option, text);
  require_within(option, number, 0, std::numeric_limits<int>::max());
  if (const auto* whole = std::get_if<int CoAlignOptions::*>(&value.field)) {
    options.*(*whole) = static_cast<int>(number);
  } else {
    options.*std::get<std::int64_t CoAlignOptions::*>(value.field) = number;
  }
}

void change(CoAlignOptions& options, const std::string& assignment) {
  const std::size_t equals = assignment.find('=');
  if (equals == std::string::npos) {
    throw Error(ErrorKind::kUsage,
                std::string(kSet) + ": '" + assignment + "' is not of the form KEY=VALUE");
  }
  const AlignmentValue& value = value_named(assignment.substr(0, equals));
  if (value.aligner != options.aligner) {
    throw Error(ErrorKind::kUsage, std::string(kSet) + ": " + std::string(value.name) +
                                       " is a value of --aligner " + to_string(value.aligner));
  }
  assign(options, value, assignment.substr(equals + 1));
}

}  // namespace

MergeMethod default_merge(Aligner aligner) {
  return aligner == Aligner::kAdam ? MergeMethod::kMean : MergeMethod::kWeighted;
}

CoAlignOptions AlignmentChoice::options() const {
  CoAlignOptions options = with_context(ErrorKind::kUsage, "--quality",
                                        [&] { return co_align_options(quality, aligner); });
  for (const std::string& assignment : changes) change(options, assignment);
  if (!changes.empty()) with_context(ErrorKind::kUsage, kSet, [&] { options.validate(); });
  return options;
}

void add_alignment_options(OptionTable& table, AlignmentChoice& choice) {
  table.one("-q,--quality", "NAME", "Co-alignment effort: " + joined(quality_names(), ", "),
            choice.quality, [&](const std::string& word) { choice.quality = word; });
  table.one("--aligner", "NAME",
            "Solver of the co-alignment: " + joined(aligner_names(), ", ") + " (the original's)",
            to_string(choice.aligner), [&](const std::string& word) {
              choice.aligner =
                  with_context(ErrorKind::kUsage, "--aligner", [&] { return parse_aligner(word); });
            });
  table.many(kSet, "KEY=VALUE",
             "Single values over those of the quality: of irls rounds, samples (of a map) and "
             "tolerance; of adam max_steps, min_steps, patience and threshold",
             "", [&](const std::vector<std::string>& words) { choice.changes = words; });
  table.one("--merge", "NAME",
            "How aligned snippets become one depth map: " + joined(merge_method_names(), ", "),
            to_string(default_merge(Aligner::kIrls)) + "; with adam " +
                to_string(default_merge(Aligner::kAdam)),
            [&](const std::string& word) {
              choice.merge = with_context(ErrorKind::kUsage, "--merge",
                                          [&] { return parse_merge_method(word); });
            });
}

}  // namespace rollingdepth
