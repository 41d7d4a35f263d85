#include "app/option_words.hpp"

#include <charconv>
#include <cmath>
#include <utility>

#include "base/leading_number.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {

std::vector<std::string> split_words(const std::string& text) {
  std::vector<std::string> words;
  char quote = 0;
  bool inside = false;  // Of a word, which may be empty where it is quoted.
  for (const char c : text) {
    const bool blank = quote == 0 && (c == ' ' || c == '\t' || c == '\n');
    if (blank) {
      inside = false;
      continue;
    }
    if (!std::exchange(inside, true)) words.emplace_back();
    if (quote != 0 ? c == quote : c == '"' || c == '\'') {
      quote = quote != 0 ? 0 : c;
    } else {
      words.back() += c;
    }
  }
  if (quote != 0)
    throw Error(ErrorKind::kUsage, std::string("a quote ") + quote + " is not closed");
  return words;
}

std::string joined(const std::vector<std::string>& words, const std::string& separator) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : separator) + word;
  return text;
}

std::int64_t parse_whole_number(const std::string& option, const std::string& text) {
  std::int64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, problem] = std::from_chars(text.data(), end, number);
  if (text.empty() || problem != std::errc() || stop != end) {
    throw Error(ErrorKind::kUsage, option + ": '" + text + "' is not a whole number");
  }
  return number;
}

double parse_real_number(const std::string& option, const std::string& text) {
  const auto number = leading_number(text, /*exponents=*/true);
  if (!number || number->length != text.size() || !std::isfinite(number->value)) {
    throw Error(ErrorKind::kUsage, option + ": '" + text + "' is not a number");
  }
  return number->value;
}

}  // namespace rollingdepth
