#pragma once

#include <filesystem>

namespace rollingdepth {

/// Whether a file is an MPEG transport stream with scrambled packets, as far as its first megabyte
/// tells. libav does not look at that mark.
bool is_scrambled_transport_stream(const std::filesystem::path& file);

}  // namespace rollingdepth
