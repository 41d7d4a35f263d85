#include "nn/full_batch.hpp"

#include <algorithm>

namespace rollingdepth {

std::int64_t FullBatch::frames_for(const std::vector<std::int64_t>& shape, std::int64_t unit) {
  const bool same_size = full_.size() == shape.size() && !full_.empty() &&
                         std::equal(full_.begin() + 1, full_.end(), shape.begin() + 1);
  if (same_size && shape[0] == full_[0]) {
    filled_ = false;
  } else if (!same_size || shape[0] > full_[0] || filled_ || full_[0] % unit != 0) {
    full_ = shape;
    filled_ = false;
  } else {
    filled_ = true;
  }
  return full_[0];
}

}  // namespace rollingdepth
