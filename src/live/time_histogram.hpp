#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace rollingdepth::live {

/// How often times of each length came, in steps of 2 %: quantiles in memory that does not grow.
class TimeHistogram {
 public:
  /// Of 10 microseconds to 2 minutes; what is beyond counts as that.
  void add(double seconds);
  void clear();
  [[nodiscard]] std::int64_t count() const { return count_; }
  /// The time that a share of all do not exceed, within 2 %; 0 where there are none.
  /// @param share in [0, 1].
  [[nodiscard]] double quantile(double share) const;

 private:
  static constexpr std::size_t kSteps = 830;  // 10e-6 * 1.02^830 is 137 s.
  std::array<std::int64_t, kSteps> counts_{};
  std::int64_t count_ = 0;
};

}  // namespace rollingdepth::live
