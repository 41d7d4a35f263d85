#pragma once

#include <filesystem>

namespace rollingdepth {

/// Compares the SHA-256 of every network of a package with model.json.
/// REQUIRES: read_model_info() has passed. @throws Error(kModel) naming the file.
void verify_network_hashes(const std::filesystem::path& folder);

}  // namespace rollingdepth
