#include "base/byte_size.hpp"

#include <algorithm>
#include <cmath>

#include "base/formatted.hpp"
#include "base/leading_number.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {

std::string format_bytes(double bytes) {
  if (bytes >= 0.9995e9) return formatted("%.1f GB", bytes / 1e9);
  if (bytes >= 1e6) return formatted("%.0f MB", bytes / 1e6);
  return formatted("%.0f kB", bytes / 1e3);
}

std::int64_t whole_bytes(double bytes) {
  constexpr double kMost = 4e18;
  return static_cast<std::int64_t>(std::min(bytes, kMost));
}

std::int64_t parse_bytes(std::string_view text) {
  const auto number = leading_number(text, /*exponents=*/false);
  std::string_view unit = text.substr(number ? number->length : 0);
  if (unit.ends_with('B')) unit.remove_suffix(1);
  const bool binary = unit.ends_with('i');
  if (binary) unit.remove_suffix(1);
  double factor = 1;
  bool known = number.has_value() && unit.size() <= 1 && !(binary && unit.empty());
  if (known && !unit.empty()) {
    const auto power = std::string_view("kMGT").find(unit.front() == 'K' ? 'k' : unit.front());
    known = power != std::string_view::npos;
    factor = std::pow(binary ? 1024.0 : 1000.0, static_cast<double>(power + 1));
  }
  constexpr double kLargest = 9e18;
  if (!known || number->value < 0 || number->value * factor > kLargest) {
    throw Error(ErrorKind::kUsage,
                "'" + std::string(text) + "' is not a number of bytes, such as 512M or 2G");
  }
  return static_cast<std::int64_t>(number->value * factor);
}

}  // namespace rollingdepth
