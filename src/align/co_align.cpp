#include "align/co_align.hpp"

#include <array>

#include "base/formatted.hpp"
#include "base/named_values.hpp"

namespace rollingdepth {
namespace {

constexpr std::array kAligners = {std::pair{Aligner::kIrls, "irls"},
                                  std::pair{Aligner::kAdam, "adam"}};

std::string counted(std::int64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

std::vector<std::string> aligner_names() { return names_of(kAligners); }

std::string to_string(Aligner aligner) { return name_of(kAligners, aligner); }

Aligner parse_aligner(std::string_view text) { return value_of(kAligners, "aligner", text); }

CoAlignResult co_align(const std::vector<SnippetSamples>& snippets, const CoAlignOptions& options,
                       Progress& progress) {
  return options.aligner == Aligner::kAdam ? co_align_adam(snippets, options, progress)
                                           : co_align_irls(snippets, options, progress);
}

std::string one_line(const CoAlignSummary& summary) {
  const bool adam = summary.aligner == Aligner::kAdam;
  return formatted("%s, %d %s%s, %s %.4g", to_string(summary.aligner).c_str(), summary.steps,
                   adam ? "step" : "round", summary.steps == 1 ? "" : "s",
                   adam ? "loss" : "residual", summary.last_objective);
}

std::vector<std::string> warnings_of(const CoAlignSummary& summary) {
  std::vector<std::string> warnings;
  if (summary.degenerate_snippets > 0) {
    warnings.push_back(counted(summary.degenerate_snippets, "snippet") +
                       " left out of the alignment: constant or without finite values");
  }
  if (summary.contradicting_snippets > 0) {
    warnings.push_back(counted(summary.contradicting_snippets, "snippet") +
                       " left out of the alignment: they agree with no other (a cut in the clip?)");
  }
  if (summary.loose_frames > 0) {
    warnings.push_back("the depth of " + counted(summary.loose_frames, "frame") +
                       " rests on left-out snippets alone; its scale is a guess");
  }
  if (summary.parts > 1) {
    warnings.push_back("the clip falls into " + std::to_string(summary.parts) +
                       " parts that share no snippet; each has a scale of its own");
  }
  return warnings;
}

}  // namespace rollingdepth
