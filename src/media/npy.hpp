#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "base/file_descriptor.hpp"
#include "media/npy_header.hpp"

namespace rollingdepth {

/// An open `.npy` file, of the types that read_npy knows, whose values are read front to back. Not
/// thread-safe.
class NpyFile {
 public:
  /// @throws Error(kInput) naming the file and what is wrong, also where it is shorter than its
  /// shape
  ///         says.
  explicit NpyFile(const std::filesystem::path& file);

  [[nodiscard]] const NpyHeader& header() const { return header_; }
  /// The next values, `shape`, as they are stored. REQUIRES: no more than the header tells of.
  /// @throws Error(kInput).
  at::Tensor values(c10::IntArrayRef shape);

 private:
  void check_size() const;
  [[noreturn]] void fail(const std::string& why) const;
  [[noreturn]] void fail_short(std::int64_t found_bytes) const;

  std::string name_;
  FileDescriptor file_;
  NpyHeader header_;
  std::int64_t done_bytes_ = 0;  ///< Of the values.
};

/// Reads a whole `.npy` file (versions 1 to 3, C order, little-endian): float16/32/64, u/int8..64,
/// bool. @return a CPU tensor of that type and shape.
/// @throws Error(kInput) naming the file and what is wrong.
at::Tensor read_npy(const std::filesystem::path& file);

/// Writes `tensor` as `.npy` version 1, through `<file>.partial`.
/// @throws Error(kOutput) when writing fails; nothing is left behind.
void write_npy(const std::filesystem::path& file, const at::Tensor& tensor);

}  // namespace rollingdepth
