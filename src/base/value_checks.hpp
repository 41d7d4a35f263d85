#pragma once

#include <cstdint>
#include <string>

namespace rollingdepth {

/// The one wording for a number that an option does not take.
/// @throws Error(kUsage, "--option: 7 is too small (at least 8)").
void require_at_least(const std::string& option, std::int64_t value, std::int64_t smallest);
/// @throws Error(kUsage, "--option: 9 is too large (at most 8)").
void require_at_most(const std::string& option, std::int64_t value, std::int64_t largest);
/// Both.
void require_within(const std::string& option, std::int64_t value, std::int64_t smallest,
                    std::int64_t largest);

/// "1 25".
template <class Numbers>
std::string join_numbers(const Numbers& numbers) {
  std::string text;
  for (const auto number : numbers) {
    if (!text.empty()) text += ' ';
    text += std::to_string(number);
  }
  return text;
}

}  // namespace rollingdepth
