#pragma once

#include <filesystem>

namespace rollingdepth {

/// Looks at the headers of an OpenEXR file before OpenEXR does, which takes memory for whatever an
/// attribute, a row of blocks, a tile or a table of tiles claims to have.
/// @throws Error(kInput), without the file's name, where a header claims more than the file can
/// hold, is damaged, or cannot be read.
void require_exr_claims(const std::filesystem::path& file);

}  // namespace rollingdepth
