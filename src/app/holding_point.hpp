#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace rollingdepth {

/// A place where a test holds a run, so that it can be stopped there however fast it is: where
/// ROLLINGDEPTH_HOLD_AT in the environment is "snippets:5", a run whose stage `snippets` has done 5
/// or more says so on standard error, and waits until it is stopped.
class HoldingPoint {
 public:
  /// Reads the environment.
  HoldingPoint();
  /// @param stopped whether a stop was asked for.
  void pass(std::string_view stage, std::int64_t done, const std::function<bool()>& stopped) const;

 private:
  std::string stage_;
  std::int64_t done_ = 0;
};

}  // namespace rollingdepth
