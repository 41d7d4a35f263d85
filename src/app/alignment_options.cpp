#include "app/alignment_options.hpp"

#include "rollingdepth/error.hpp"

namespace rollingdepth {

MergeMethod default_merge(Aligner aligner) {
  return aligner == Aligner::kAdam ? MergeMethod::kMean : MergeMethod::kWeighted;
}

void add_alignment_options(OptionTable& table, Aligner& aligner, std::string& quality,
                           std::optional<MergeMethod>& merge) {
  table.one("-q,--quality", "NAME", "Co-alignment effort: " + joined(quality_names(), ", "),
            quality, [&](const std::string& word) { quality = word; });
  table.one("--aligner", "NAME",
            "Solver of the co-alignment: " + joined(aligner_names(), ", ") + " (the original's)",
            to_string(aligner), [&](const std::string& word) {
              aligner =
                  with_context(ErrorKind::kUsage, "--aligner", [&] { return parse_aligner(word); });
            });
  table.one("--merge", "NAME",
            "How aligned snippets become one depth map: " + joined(merge_method_names(), ", "),
            to_string(default_merge(Aligner::kIrls)) + "; with adam " +
                to_string(default_merge(Aligner::kAdam)),
            [&](const std::string& word) {
              merge = with_context(ErrorKind::kUsage, "--merge",
                                   [&] { return parse_merge_method(word); });
            });
}

}  // namespace rollingdepth
