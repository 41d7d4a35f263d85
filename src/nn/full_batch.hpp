#pragma once

#include <cstdint>
#include <vector>

namespace rollingdepth {

/// Says to how many frames a call is filled up, so that the last, smaller batch of a clip has the
/// shape of those before it: cuDNN chooses its kernels anew for every shape.
class FullBatch {
 public:
  /// @param shape of the input, frames first. @param unit frames that belong together.
  /// @return frames to compute, shape[0] or more. A second smaller call in a row is no last batch:
  ///         it is the new size.
  std::int64_t frames_for(const std::vector<std::int64_t>& shape, std::int64_t unit);
  /// The full size did not fit.
  void forget() { full_.clear(); }

 private:
  std::vector<std::int64_t> full_;  // Shape of a full call.
  bool filled_ = false;             // The call before was filled up.
};

}  // namespace rollingdepth
