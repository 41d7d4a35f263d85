#pragma once

#include <string>
#include <string_view>

namespace rollingdepth {

/// What becomes of the line breaks of a text that is shown.
enum class LineBreaks { kShown, kKept };

/// `text` as a terminal may get it: names of files, models and what stands in lists may hold
/// anything. Control characters are shown as "\n", "\x1b", those behind Latin-1's as "\u009b", and
/// bytes that are not UTF-8 as "\xff". All other text stays as it is, backslashes too.
std::string printable(std::string_view text, LineBreaks line_breaks = LineBreaks::kShown);

/// The first 40 bytes of `text`, printable, in quotes: what strangers wrote may be long.
std::string in_quotes(std::string_view text);

}  // namespace rollingdepth
