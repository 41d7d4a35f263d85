#include "align/co_align.hpp"

#include <array>
#include <cmath>
#include <sstream>

#include "base/formatted.hpp"
#include "base/named_values.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr std::array kAligners = {std::pair{Aligner::kIrls, "irls"},
                                  std::pair{Aligner::kAdam, "adam"}};

std::string counted(std::int64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

template <class Value>
void require(bool holds, std::string_view field, Value value, std::string_view range) {
  if (holds) return;
  std::ostringstream message;
  message << "alignment option " << field << " is " << value << ", must be " << range;
  throw Error(ErrorKind::kUsage, message.str());
}

}  // namespace

std::vector<std::string> aligner_names() { return names_of(kAligners); }

std::string to_string(Aligner aligner) { return name_of(kAligners, aligner); }

Aligner parse_aligner(std::string_view text) { return value_of(kAligners, "aligner", text); }

void CoAlignOptions::validate() const {
  require(border_px >= 0, "border_px", border_px, "at least 0");
  require(stride_px >= 0, "stride_px", stride_px, "at least 0");
  require(samples_per_map >= 1, "samples_per_map", samples_per_map, "at least 1");
  require(max_sample_bytes >= 1, "max_sample_bytes", max_sample_bytes, "at least 1");
  require(max_rounds >= 1, "max_rounds", max_rounds, "at least 1");
  require(tolerance >= 0, "tolerance", tolerance, "at least 0");
  require(max_steps >= 1, "max_steps", max_steps, "at least 1");
  require(min_steps >= 0, "min_steps", min_steps, "at least 0");
  require(patience >= 0, "patience", patience, "at least 0");
  require(patience == 0 || (threshold > 0 && std::isfinite(threshold)), "threshold", threshold,
          "above 0 where patience is");
  require(learning_rate > 0 && std::isfinite(learning_rate), "learning_rate", learning_rate,
          "above 0");
}

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

std::string end_line(const CoAlignSummary& summary) {
  const bool adam = summary.aligner == Aligner::kAdam;
  const bool converged = summary.stop == CoAlignStop::kConverged;
  return formatted("align: %s %s %d%s, %s %.6g", converged ? "converged" : "ended",
                   adam ? "at step" : "in round", summary.steps,
                   converged ? "" : " without converging", adam ? "loss" : "residual",
                   summary.last_objective);
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
