#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// The words of --dilations: numbers, also several with commas between them.
/// @throws Error(kUsage).
std::vector<std::int64_t> parse_dilations(const std::vector<std::string>& words);

/// The value of --workers; nothing for "auto". @throws Error(kUsage).
std::optional<int> parse_workers(const std::string& word);

/// The numbers of "0,320,180,2.5".
/// @param meaning of `count` numbers, for the error: "frame,x,y,metres".
/// @throws Error(kUsage) for another count, and for what is no number.
std::vector<double> parse_real_numbers(const std::string& option, const std::string& text,
                                       std::size_t count, const std::string& meaning);

/// A frame rate: "25", "29.97", "30000/1001".
/// @throws Error(kUsage) for anything else, and for a rate that is not positive.
Rational parse_frame_rate(const std::string& option, const std::string& text);

}  // namespace rollingdepth
