#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace rollingdepth {

/// Budget that several stores share: what fits stays in memory, the rest goes to unnamed files.
struct SpoolPlace {
  std::filesystem::path folder;                           ///< Where files go; must exist.
  std::int64_t memory_limit_bytes = 128LL * 1024 * 1024;  ///< Per store.
};

/// `count` float32 records of `shape` each, readable and writable in any order. Small stores live
/// in memory, larger ones in a file of `place.folder` that has no name, so that nothing is left
/// after a crash. Not thread-safe.
class FloatStore {
 public:
  /// @throws Error(kOutput) where the file cannot be made.
  FloatStore(SpoolPlace place, std::int64_t count, std::vector<std::int64_t> shape);
  ~FloatStore();
  FloatStore(FloatStore&&) noexcept;
  FloatStore& operator=(FloatStore&&) noexcept;

  [[nodiscard]] std::int64_t count() const;
  [[nodiscard]] const std::vector<std::int64_t>& shape() const;
  [[nodiscard]] bool on_disk() const;

  /// @param record `shape` float32 on CPU, contiguous. @throws Error(kOutput) on a full disk.
  void write(std::int64_t index, const at::Tensor& record);
  /// Writes part of a record: the slice at `row` of its first axis.
  void write_row(std::int64_t index, std::int64_t row, const at::Tensor& slice);
  /// @return `shape` float32 on CPU, a copy. @throws Error(kInput) when reading fails.
  [[nodiscard]] at::Tensor read(std::int64_t index) const;
  /// The slice at `row` of the first axis of a record, a copy.
  [[nodiscard]] at::Tensor read_row(std::int64_t index, std::int64_t row) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace rollingdepth
