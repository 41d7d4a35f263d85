#pragma once

#include <filesystem>

#include "rollingdepth/progress.hpp"

namespace rollingdepth {

/// Holds model.json of a package against what its kind needs. @throws Error(kModel).
void check_package(const std::filesystem::path& package);

/// Loads a package and computes the depth of a few small frames of noise, on the CPU in float32.
/// @throws Error(kModel) where that fails, or its depth is not finite or the same everywhere.
void run_package(const std::filesystem::path& package, Progress& progress);

}  // namespace rollingdepth
