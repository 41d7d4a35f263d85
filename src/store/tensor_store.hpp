#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "store/spool.hpp"

namespace rollingdepth {

/// Tensors of one shape and dtype in a spool, exactly as they are. Thread-safe.
class TensorStore {
 public:
  /// @throws Error(kOutput) where the file cannot be made.
  TensorStore(Spool& spool, const std::string& name, std::vector<std::int64_t> shape,
              at::ScalarType dtype);

  /// @param tensor of the store's shape and dtype, any device. @throws Error(kOutput) on a full
  /// disk.
  void write(std::int64_t index, const at::Tensor& tensor);
  /// The tensor on CPU, a copy, or nothing where it is missing (RecordStore::read).
  [[nodiscard]] std::optional<at::Tensor> find(std::int64_t index) const;
  /// As RecordStore::has(): costs no look at the data, and a damaged tensor counts.
  [[nodiscard]] bool has(std::int64_t index) const { return records_.has(index); }
  /// Whether none of [first, last) is missing, as has() tells.
  [[nodiscard]] bool has_all(std::int64_t first, std::int64_t last) const;
  /// As RecordStore::is_whole(): no damaged tensor counts.
  [[nodiscard]] bool is_whole(std::int64_t index) const { return records_.is_whole(index); }
  /// The same of all of [first, last).
  [[nodiscard]] bool are_whole(std::int64_t first, std::int64_t last) const;
  /// @throws MissingRecord.
  [[nodiscard]] at::Tensor read(std::int64_t index) const;
  /// Several, stacked in the order asked for. @throws MissingRecord.
  [[nodiscard]] at::Tensor read_all(const std::vector<std::int64_t>& indices) const;

 private:
  std::string name_;
  std::vector<std::int64_t> shape_;
  at::ScalarType dtype_;
  RecordStore records_;
};

}  // namespace rollingdepth
