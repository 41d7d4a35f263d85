#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace rollingdepth {

/// What a file says of a tensor, before its values are read.
struct StoredTensor {
  at::ScalarType dtype;             ///< kFloat, kHalf, kBFloat16, or another that the format knows.
  std::vector<std::int64_t> shape;  ///< Empty for a single number.
};

/// Named tensors in files of strangers; values are read one at a time. Not thread-safe.
class TensorFile {
 public:
  virtual ~TensorFile() = default;
  /// By name.
  [[nodiscard]] virtual const std::map<std::string, StoredTensor>& tensors() const = 0;
  /// The values, contiguous on the CPU, in the stored dtype, in memory of their own.
  /// REQUIRES: a name of tensors().
  /// @throws Error(kModel) naming file and tensor: cut short, damaged, or with infinities or NaN.
  virtual at::Tensor read(const std::string& name) const = 0;
};

}  // namespace rollingdepth
