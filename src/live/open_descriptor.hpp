#pragma once

#include <unistd.h>

#include <utility>

namespace rollingdepth::live {

/// A socket or device that libraries and system calls are handed by its number; closed at the end.
class OpenDescriptor {
 public:
  explicit OpenDescriptor(int number = -1) : number_(number) {}
  ~OpenDescriptor() {
    if (number_ >= 0) ::close(number_);
  }
  OpenDescriptor(OpenDescriptor&& other) noexcept : number_(other.release()) {}
  OpenDescriptor& operator=(OpenDescriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }

  /// Negative where none is open.
  [[nodiscard]] int get() const { return number_; }
  /// Somebody else closes it from now on.
  [[nodiscard]] int release() { return std::exchange(number_, -1); }

 private:
  int number_;
};

}  // namespace rollingdepth::live
