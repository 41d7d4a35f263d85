#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rollingdepth {

/// The number that each name has where the names of one series differ, as it stands there: 1001 for
/// shot.1001_v2.exr beside shot.1002_v2.exr. Of one name alone: what its stem ends with.
/// @return all different, or empty where the names are no such series.
std::vector<std::string> picture_numbers(const std::vector<std::filesystem::path>& files);

/// Says how many numbers are left out between the first and the last, by the step that most of them
/// keep; nothing where none is, or no step is kept.
/// @param numbers of `files`, in their order.
std::optional<std::string> gap_text(const std::vector<std::filesystem::path>& files,
                                    const std::vector<std::string>& numbers);

}  // namespace rollingdepth
