#pragma once

#include <optional>
#include <string>

#include "rollingdepth/align/co_align.hpp"
#include "rollingdepth/align/merge.hpp"
#include "rollingdepth/app/option_table.hpp"

namespace rollingdepth {

/// The merge that suits an aligner: `weighted`, and for the original's fit the original's `mean`.
MergeMethod default_merge(Aligner aligner);

/// Declares --quality, --aligner and --merge.
void add_alignment_options(OptionTable& table, Aligner& aligner, std::string& quality,
                           std::optional<MergeMethod>& merge);

}  // namespace rollingdepth
