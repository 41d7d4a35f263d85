#pragma once

#include <filesystem>
#include <vector>

#include "app/console.hpp"
#include "app/import/package_claim.hpp"
#include "checkpoint/import_package.hpp"
#include "rollingdepth/progress.hpp"

namespace rollingdepth {

/// The templates in the places where models are looked for.
std::vector<std::filesystem::path> installed_templates();

/// Makes the package that a claim is for, which has its name only once it is complete and what its
/// kind needs. @param runs_it also runs it once before. @throws Error, Cancelled; then none
/// appears.
void make_package(const ImportOptions& options, PackageClaim& claim, bool runs_it,
                  Progress& progress);

/// The package of a checkpoint in $XDG_CACHE_HOME/rollingdepth/models, else in ~/.cache, made on
/// the first call; another where the checkpoint's files have changed. Waits for another process
/// that makes it. @throws Error, Cancelled.
std::filesystem::path imported_package(const std::filesystem::path& checkpoint, Console& console);

}  // namespace rollingdepth
