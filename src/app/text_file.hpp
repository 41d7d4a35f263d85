#pragma once

#include <filesystem>
#include <string>

#include "base/partial_file.hpp"

namespace rollingdepth {

/// Writes `text` to a file that is to be finished later. @throws Error(kOutput).
void write_text(const PartialFile& file, const std::string& text);

/// Writes `text` to `file`, which appears only once complete. @throws Error(kOutput).
void write_text_file(const std::filesystem::path& file, const std::string& text);

}  // namespace rollingdepth
