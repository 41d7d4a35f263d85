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

/// @throws Error(kUsage) for a --png-scale that is not above 0.
void require_png_scale(double scale);

/// The one word that a command takes.
/// @param left words that no option took. @param missing what to say without one: "no clip (...)".
/// @param kind of which there is one: "clip". @throws Error(kUsage).
const std::string& only_word(const std::vector<std::string>& left, const std::string& command,
                             const std::string& missing, const std::string& kind);

/// A frame rate: "25", "29.97", "30000/1001".
/// @throws Error(kUsage) for anything else, and for a rate that is not positive.
Rational parse_frame_rate(const std::string& option, const std::string& text);

}  // namespace rollingdepth
