#pragma once

#include "live/live_frame.hpp"

namespace rollingdepth::live {

/// What one target does with its pictures, on the target's thread.
class PictureSink {
 public:
  virtual ~PictureSink() = default;
  /// Waits until somebody takes pictures. @return false where nobody is to get any more.
  virtual bool ready() { return true; }
  /// Writes it, and tells its ledger what became of it.
  /// @throws Error(kOutput) where it has failed for good.
  virtual void write(const SharedPicture& picture) = 0;
  /// After the last picture. @throws Error(kOutput).
  virtual void finish() = 0;
  /// Whatever waits for a receiver ends within half a second. Any thread.
  virtual void hurry() = 0;
};

}  // namespace rollingdepth::live
