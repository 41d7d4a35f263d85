#pragma once

#include <ATen/ATen.h>
#include <archive.h>
#include <archive_entry.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
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
/// @param packing "deflate" or "store".
inline void write_npz(const std::filesystem::path& file,
                      const std::vector<std::pair<std::string, std::string>>& entries,
                      const std::string& packing = "deflate") {
  const std::unique_ptr<archive, decltype(&archive_write_free)> writer(archive_write_new(),
                                                                       &archive_write_free);
  const auto require = [&](la_ssize_t code) {
    if (code < ARCHIVE_OK) throw std::runtime_error(archive_error_string(writer.get()));
  };
  require(archive_write_set_format_zip(writer.get()));
  require(archive_write_set_options(writer.get(), ("zip:compression=" + packing).c_str()));
  require(archive_write_open_filename(writer.get(), file.c_str()));
  for (const auto& [name, bytes] : entries) {
    const std::unique_ptr<archive_entry, decltype(&archive_entry_free)> entry(archive_entry_new(),
                                                                              &archive_entry_free);
    archive_entry_set_pathname(entry.get(), (name + ".npy").c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_size(entry.get(), static_cast<std::int64_t>(bytes.size()));
    require(archive_write_header(writer.get(), entry.get()));
    require(archive_write_data(writer.get(), bytes.data(), bytes.size()));
  }
  require(archive_write_close(writer.get()));
}

inline std::string bytes_in(const std::filesystem::path& file) {
  std::ifstream from(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(from), {}};
}

/// Makes the archive say that the only array that it holds has so many bytes.
inline void claim_bytes(const std::filesystem::path& archive, std::size_t claimed) {
  std::string bytes = bytes_in(archive);
  // Of the entry and of the directory behind it, four bytes each, the lowest first.
  for (const std::size_t place : {bytes.find("PK\x03\x04") + 22, bytes.rfind("PK\x01\x02") + 24}) {
    for (std::size_t i = 0; i < 4; ++i) {
      bytes[place + i] = static_cast<char>(claimed >> (8 * i) & 0xff);
    }
  }
  std::ofstream(archive, std::ios::binary) << bytes;
}

}  // namespace rollingdepth::testing
