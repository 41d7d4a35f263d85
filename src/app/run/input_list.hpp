#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace rollingdepth {

/// Whether a file is a list of inputs by its name: `.txt`, in any case.
bool is_input_list(const std::filesystem::path& file);

/// The lines of a list, in order, without blanks around them, empty ones and those that begin with
/// `#`. UTF-8, or UTF-16 with its byte-order mark; line ends of any system.
/// @throws Error(kInput) naming the list, the line and what is wrong; also where nothing is left.
std::vector<std::string> read_input_list(const std::filesystem::path& list);

}  // namespace rollingdepth
