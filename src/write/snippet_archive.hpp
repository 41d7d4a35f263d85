#pragma once

#include <filesystem>
#include <memory>

#include "merge/spooled_snippets.hpp"

namespace rollingdepth {

/// Writes a NumPy `.npz`: `dilation<d>` float32 [S, L, H, W] per distinct dilation, as decoded, and
/// `dilations` int64 [D] in the order used, repeats kept. Streams from the spool.
std::unique_ptr<SnippetArchive> make_snippet_archive(const std::filesystem::path& file);

}  // namespace rollingdepth
