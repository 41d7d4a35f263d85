#pragma once

#include <string>

#include "rollingdepth/error.hpp"

namespace rollingdepth::live {

/// Of a pipe that was closed without a byte.
inline constexpr const char* kNothingWritten = "nothing was written to it";

/// A source that gives nothing (any more) for a reason that may pass. The message is the reason
/// alone: who knows the source's name puts it before.
class SourceLost : public Error {
 public:
  explicit SourceLost(const std::string& why, bool silence = false)
      : Error(ErrorKind::kInput, why), silence_(silence) {}
  /// Whether it is only that nothing came for long.
  [[nodiscard]] bool is_silence() const { return silence_; }

 private:
  bool silence_;
};

}  // namespace rollingdepth::live
