#include "base/leading_number.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace rollingdepth {
namespace {

constexpr std::string_view kDigits = "0123456789";

// The end of the digits that begin at `start`.
std::size_t after_digits(std::string_view text, std::size_t start) {
  return std::min(text.find_first_not_of(kDigits, start), text.size());
}

}  // namespace

std::optional<LeadingNumber> leading_number(std::string_view text, bool exponents) {
  const std::size_t start = text.starts_with('-') ? 1 : 0;
  std::size_t end = after_digits(text, start);
  std::size_t digits = end - start;
  if (text.substr(end).starts_with('.')) {
    const std::size_t fraction = after_digits(text, end + 1);
    digits += fraction - (end + 1);
    end = fraction;
  }
  if (digits == 0) return std::nullopt;
  if (exponents && end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    const std::size_t sign = text.find_first_of("+-", end) == end + 1 ? 1 : 0;
    const std::size_t last = after_digits(text, end + 1 + sign);
    if (last > end + 1 + sign) end = last;
  }
  // The program never sets a locale, so that this reads a point in every country.
  return LeadingNumber{std::strtod(std::string(text.substr(0, end)).c_str(), nullptr), end};
}

}  // namespace rollingdepth
