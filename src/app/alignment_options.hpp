#pragma once

#include <optional>
#include <string>
#include <vector>

#include "align/co_align.hpp"
#include "app/option_table.hpp"
#include "merge/merge_frame.hpp"

namespace rollingdepth {

/// The merge that suits an aligner: `weighted`, and for the original's fit the original's `mean`.
MergeMethod default_merge(Aligner aligner);

/// How snippets are aligned and merged, as the command line says it.
struct AlignmentChoice {
  Aligner aligner = Aligner::kIrls;
  std::string quality = "balanced";
  std::vector<std::string> changes;  ///< KEY=VALUE each, of --align-set.
  std::optional<MergeMethod> merge;  ///< Unset: default_merge(aligner).

  /// The quality's values with the changes over them.
  /// @throws Error(kUsage) naming the option, for an unknown quality or a change that cannot be.
  [[nodiscard]] CoAlignOptions options() const;
  [[nodiscard]] MergeMethod merge_method() const { return merge.value_or(default_merge(aligner)); }
};

/// Declares --quality, --aligner, --align-set and --merge.
void add_alignment_options(OptionTable& table, AlignmentChoice& choice);

}  // namespace rollingdepth
