#pragma once

#include <ATen/core/Tensor.h>
#include <zip.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "media/npy_header.hpp"
#include "media/zip_handle.hpp"

namespace rollingdepth {

/// An open NumPy archive. Not thread-safe.
class NpzFile {
 public:
  /// @throws Error(kInput) naming the file and what is wrong.
  explicit NpzFile(const std::filesystem::path& file);

  [[nodiscard]] const std::string& name() const { return name_; }
  /// The names of all it holds, in its order: `depth.npy`.
  [[nodiscard]] std::vector<std::string> entries() const;
  /// `'depth' of clip.npz`, for messages.
  [[nodiscard]] std::string label(const std::string& array) const;
  /// @throws Error(kInput) "cannot read 'depth' of clip.npz: why".
  [[noreturn]] void fail(const std::string& array, const std::string& why) const;

 private:
  friend class NpzArray;

  std::string name_;
  zip_uint64_t bytes_ = 0;  ///< Of the whole file.
  ZipPtr archive_;
};

/// `depth` for `depth.npy`; nothing for an entry that is no array.
std::string array_of_entry(const std::string& entry);

/// One array of an archive, stored or compressed, whose values are read front to back. Not
/// thread-safe.
class NpzArray {
 public:
  /// Reads the header. @param file stays in use. @throws Error(kInput) naming file and array.
  NpzArray(const NpzFile& file, const std::string& array);

  [[nodiscard]] const NpyHeader& header() const { return header_; }
  /// The next values, `shape`, as they are stored. @throws Error(kInput).
  at::Tensor values(c10::IntArrayRef shape);
  /// To be called after the last values: only then is their checksum compared.
  /// @throws Error(kInput).
  void finish();

 private:
  struct Close {
    void operator()(zip_file_t* entry) const noexcept { zip_fclose(entry); }
  };

  std::size_t read(void* buffer, std::size_t size);
  void check_size(const zip_stat_t& status) const;

  const NpzFile& file_;
  std::string array_;
  std::unique_ptr<zip_file_t, Close> entry_;
  NpyHeader header_;
};

}  // namespace rollingdepth
