#pragma once

#include <string>
#include <vector>

namespace rollingdepth {

/// Options that packages of some kinds take, and those of others do not.
/// @param kind  of the package: PackageInfo::kind.
/// @param given names of the options on the command line.
/// @throws Error(kUsage) naming the first one that the method of this kind does not have.
void refuse_foreign_options(const std::string& kind, const std::vector<std::string>& given);

/// One line for each of -p and -q that is given and says nothing to the method: they are no
/// mistake, the same command runs with any package.
std::vector<std::string> options_without_effect(const std::string& kind,
                                                const std::vector<std::string>& given);

/// The names of all options that belong to one kind.
std::vector<std::string> options_of(const std::string& kind);

}  // namespace rollingdepth
