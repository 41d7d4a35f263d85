#pragma once

namespace rollingdepth::testing {

/// A camera of Video4Linux in place of the null device, for as long as this lives: this program's
/// open() and ioctl() stand before the system's. It gives pictures of 64x48 in YUYV, 100 a second,
/// whose luma rises by 2 with each. One at a time.
class FakeCamera {
 public:
  FakeCamera();
  ~FakeCamera();
  FakeCamera(const FakeCamera&) = delete;
  FakeCamera& operator=(const FakeCamera&) = delete;

  /// What it gives from now on.
  void give_pictures();
  void give_nothing();
  /// As if it were pulled out: it cannot be opened either.
  void pull_out();
};

}  // namespace rollingdepth::testing
