#pragma once

#include <ATen/ATen.h>
#include <zip.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "media/npy_header.hpp"

namespace rollingdepth::testing {

/// The bytes of an `.npy` file.
inline std::string npy_bytes(const at::Tensor& values) {
  const at::Tensor packed = values.contiguous();
  return npy_header(packed.scalar_type(), packed.sizes()) +
         std::string(static_cast<const char*>(packed.const_data_ptr()), packed.nbytes());
}

/// Writes an archive of `.npy` entries, compressed as numpy.savez_compressed does.
inline void write_npz(const std::filesystem::path& file,
                      const std::vector<std::pair<std::string, std::string>>& entries) {
  zip_t* archive = zip_open(file.c_str(), ZIP_CREATE | ZIP_TRUNCATE, nullptr);
  if (archive == nullptr) throw std::runtime_error("zip_open");
  for (const auto& [name, bytes] : entries) {
    zip_source_t* source = zip_source_buffer(archive, bytes.data(), bytes.size(), 0);
    const zip_int64_t index = zip_file_add(archive, (name + ".npy").c_str(), source, 0);
    if (index < 0) throw std::runtime_error("zip_file_add");
    zip_set_file_compression(archive, static_cast<zip_uint64_t>(index), ZIP_CM_DEFLATE, 0);
  }
  if (zip_close(archive) != 0) throw std::runtime_error("zip_close");
}

/// Makes the archive say that the only array that it holds has so many bytes.
inline void claim_bytes(const std::filesystem::path& archive, std::size_t claimed) {
  std::ifstream from(archive, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(from), {}};
  // Of the entry and of the directory behind it, four bytes each, the lowest first.
  for (const std::size_t place : {bytes.find("PK\x03\x04") + 22, bytes.rfind("PK\x01\x02") + 24}) {
    for (std::size_t i = 0; i < 4; ++i) {
      bytes[place + i] = static_cast<char>(claimed >> (8 * i) & 0xff);
    }
  }
  std::ofstream(archive, std::ios::binary) << bytes;
}

}  // namespace rollingdepth::testing
