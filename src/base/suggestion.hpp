#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rollingdepth {

/// The candidate nearest to `word` by edit distance, or "" where none is near: more than two
/// edits and more than a third of its length away.
std::string nearest_name(std::string_view word, const std::vector<std::string>& candidates);

/// " (did you mean 'x'?)", or "" where nothing is near. For the end of an error message.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

/// "unknown KIND 'word' (did you mean 'x'?); known are x y z".
std::string unknown_name(std::string_view kind, std::string_view word,
                         const std::vector<std::string>& known);

}  // namespace rollingdepth
