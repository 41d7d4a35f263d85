#pragma once

#include <filesystem>
#include <system_error>
#include <vector>

namespace rollingdepth {

/// What lies in a folder that others may change meanwhile: all of it is looked up before anything
/// is done to it. @param failure set where it could not be read to its end.
inline std::vector<std::filesystem::path> entries_of(const std::filesystem::path& folder,
                                                     std::error_code& failure) {
  std::vector<std::filesystem::path> entries;
  std::filesystem::directory_iterator entry(folder, failure);
  for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
    entries.push_back(entry->path());
  }
  return entries;
}

}  // namespace rollingdepth
