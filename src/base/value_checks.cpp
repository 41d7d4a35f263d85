#include "base/value_checks.hpp"

#include "rollingdepth/error.hpp"

namespace rollingdepth {

void require_at_least(const std::string& option, std::int64_t value, std::int64_t smallest) {
  if (value >= smallest) return;
  throw Error(ErrorKind::kUsage, option + ": " + std::to_string(value) +
                                     " is too small (at least " + std::to_string(smallest) + ")");
}

void require_at_most(const std::string& option, std::int64_t value, std::int64_t largest) {
  if (value <= largest) return;
  throw Error(ErrorKind::kUsage, option + ": " + std::to_string(value) + " is too large (at most " +
                                     std::to_string(largest) + ")");
}

void require_within(const std::string& option, std::int64_t value, std::int64_t smallest,
                    std::int64_t largest) {
  require_at_least(option, value, smallest);
  require_at_most(option, value, largest);
}

}  // namespace rollingdepth
