#pragma once

#include <array>
#include <cstdio>
#include <string>

namespace rollingdepth {

/// What printf would print: for a number or two, not for text of any length (127 characters).
template <class... Values>
std::string formatted(const char* format, Values... values) {
  std::array<char, 128> text{};
  std::snprintf(text.data(), text.size(), format, values...);
  return text.data();
}

}  // namespace rollingdepth
