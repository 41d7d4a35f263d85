#pragma once

#include <algorithm>
#include <filesystem>
#include <string>

namespace rollingdepth {

/// `.png` for `a.PNG`.
inline std::string lower_extension(const std::filesystem::path& file) {
  std::string extension = file.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return extension;
}

}  // namespace rollingdepth
