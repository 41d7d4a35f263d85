#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace rollingdepth {

/// A number at the beginning of a text.
struct LeadingNumber {
  double value = 0;
  std::size_t length = 0;  ///< Characters that it takes.
};

/// Reads "-12.5" and, where exponents are allowed, "1e-3", always with a point, as std::from_chars
/// does, which the C++ library of macOS has for whole numbers only. Unset where no number begins
/// there. Infinite where it is too large for a double.
std::optional<LeadingNumber> leading_number(std::string_view text, bool exponents);

}  // namespace rollingdepth
