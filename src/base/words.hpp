#pragma once

#include <string>
#include <vector>

namespace rollingdepth {

/// What stands between the blanks and line breaks of `text`.
std::vector<std::string> words_of(const std::string& text);

}  // namespace rollingdepth
