#pragma once

#include <cstdint>
#include <optional>

namespace rollingdepth::live {

/// Chooses the processing edge so that frames are computed at a given rate: lower soon where they
/// take too long, higher again, up to where it began, once there is time to spare. Not thread-safe.
class ResControl {
 public:
  /// @param res_px where it begins, and at most. @param seconds that a frame may take, > 0.
  ResControl(std::int64_t res_px, double seconds);

  /// Told how long the computer was busy with a frame.
  /// @return the edge from the next frame on, where it changes.
  std::optional<std::int64_t> after_frame(double busy_seconds);
  [[nodiscard]] std::int64_t res_px() const { return res_px_; }

 private:
  void change_to(double edge_px);

  std::int64_t most_px_;
  std::int64_t res_px_;
  double allowed_seconds_;
  double busy_seconds_ = 0;  // A running mean.
  std::int64_t frames_ = 0;  // Since the last change.
};

}  // namespace rollingdepth::live
