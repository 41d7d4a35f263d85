#pragma once

#include <optional>
#include <string>

#include "align/co_align.hpp"
#include "app/option_table.hpp"
#include "merge/merge_frame.hpp"

namespace rollingdepth {

/// The merge that suits an aligner: `weighted`, and for the original's fit the original's `mean`.
MergeMethod default_merge(Aligner aligner);

/// Declares --quality, --aligner and --merge.
void add_alignment_options(OptionTable& table, Aligner& aligner, std::string& quality,
                           std::optional<MergeMethod>& merge);

}  // namespace rollingdepth
