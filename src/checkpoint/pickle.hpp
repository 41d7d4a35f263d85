#pragma once

#include <c10/core/ScalarType.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rollingdepth {

/// A tensor as a pickle of PyTorch speaks of it: a view of a storage, which lies elsewhere. Shape
/// and strides have equal lengths, and every number that they reach lies in the storage.
struct PickledTensor {
  std::string storage;  ///< Its key.
  at::ScalarType dtype = at::kFloat;
  std::int64_t storage_numbers = 0;
  std::int64_t offset = 0;  ///< In numbers.
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> strides;
};

constexpr std::size_t kMaxPickleBytes = 16 << 20;  ///< A checkpoint's has some 100 kB.

/// The named tensors of a pickle that torch.save() has written of a dict of tensors, as data.pkl
/// holds it. Knows what such a pickle consists of, and runs nothing that it names.
/// Source: pickletools of Python, torch/_utils.py and torch/serialization.py of PyTorch.
/// @throws Error(kModel) saying what else it is, without a file's name.
std::map<std::string, PickledTensor> read_pickled_tensors(std::string_view pickle);

}  // namespace rollingdepth
