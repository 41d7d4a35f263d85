#pragma once

#include <string>
#include <vector>

#include "app/command_line.hpp"

namespace rollingdepth {

/// Whether the first word is a sub-command with options of its own, which then has the rest.
/// @throws Error(kUsage) as parse_command_line().
bool parse_sub_command(const std::vector<std::string>& arguments, CommandLine& line);

}  // namespace rollingdepth
