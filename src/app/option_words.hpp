#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace rollingdepth {

/// Words between blanks; what stands between two quotes of a kind, ' or ", belongs together.
/// @throws Error(kUsage) for a quote that is not closed.
std::vector<std::string> split_words(const std::string& text);

/// The words with `separator` between them.
std::string joined(const std::vector<std::string>& words, const std::string& separator);

/// @param option named in the message. @throws Error(kUsage) for anything but a whole number.
std::int64_t parse_whole_number(const std::string& option, const std::string& text);

/// @param option named in the message. @throws Error(kUsage) for anything but a finite number.
double parse_real_number(const std::string& option, const std::string& text);

}  // namespace rollingdepth
