#pragma once

#include <string>
#include <vector>

namespace rollingdepth {

using TextRow = std::vector<std::string>;

/// One line per row, columns as wide as their widest cell, two blanks apart, none at the end.
std::vector<std::string> aligned_rows(const std::vector<TextRow>& rows);

}  // namespace rollingdepth
