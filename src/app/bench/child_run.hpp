#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "rollingdepth/progress.hpp"

namespace rollingdepth {

/// Runs this executable with `arguments` and waits for it; its messages go to `log`.
/// @throws Error(kFailed) with its last message where it fails; Cancelled, then it was stopped too.
void run_self(const std::vector<std::string>& arguments, const std::filesystem::path& log,
              Progress& progress);

}  // namespace rollingdepth
