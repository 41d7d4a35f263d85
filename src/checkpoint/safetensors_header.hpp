#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "checkpoint/tensor_file.hpp"

namespace rollingdepth {

/// A tensor of a safetensors file, and where its bytes lie in what follows the header.
struct SafetensorsEntry {
  StoredTensor tensor;
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

/// Reads the JSON of a safetensors file's header. Every entry's bytes fit its shape and dtype, and
/// all entries together cover `data_bytes` without holes or overlaps.
/// @throws Error(kModel) saying what is wrong, without the file's name.
std::map<std::string, SafetensorsEntry> read_safetensors_header(std::string_view json,
                                                                std::int64_t data_bytes);

}  // namespace rollingdepth
