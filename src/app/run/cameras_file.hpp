#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "rollingdepth/run.hpp"

namespace rollingdepth {

/// The text of NAME_cameras.json: the camera of each frame, in pixels of the output.
/// @param cuts first frames of the shots after the first.
std::string cameras_text(const ClipRunSummary& summary, const std::vector<std::int64_t>& cuts);

/// Writes it to `file`, which appears only once complete. @throws Error(kOutput).
void write_cameras(const std::filesystem::path& file, const ClipRunSummary& summary,
                   const std::vector<std::int64_t>& cuts);

}  // namespace rollingdepth
