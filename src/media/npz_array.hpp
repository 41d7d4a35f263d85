#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "media/npy_header.hpp"

// libarchive's.
struct archive;
struct archive_entry;

namespace rollingdepth {

/// A NumPy archive, and what it holds. Not thread-safe.
class NpzFile {
 public:
  /// @throws Error(kInput) naming the file and what is wrong.
  explicit NpzFile(const std::filesystem::path& file);

  [[nodiscard]] const std::string& name() const { return name_; }
  /// The names of all it holds, in its order: `depth.npy`.
  [[nodiscard]] const std::vector<std::string>& entries() const { return entries_; }
  /// `'depth' of clip.npz`, for messages.
  [[nodiscard]] std::string label(const std::string& array) const;
  /// @throws Error(kInput) "cannot read 'depth' of clip.npz: why".
  [[noreturn]] void fail(const std::string& array, const std::string& why) const;

 private:
  friend class NpzArray;

  std::string name_;
  std::uintmax_t bytes_ = 0;  ///< Of the whole file.
  std::vector<std::string> entries_;
};

/// `depth` for `depth.npy`; nothing for an entry that is no array.
std::string array_of_entry(const std::string& entry);

/// One array of an archive, stored or compressed, whose values are read front to back. Opens the
/// archive for itself, so that several can be read side by side. Not thread-safe.
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
    void operator()(archive* reader) const noexcept;
  };
  friend class NpzFile;
  using Reader = std::unique_ptr<archive, Close>;

  static Reader open(const std::string& file);
  static archive_entry* next_entry(archive* reader, const std::string& file);
  std::size_t read(void* buffer, std::size_t size);
  void check_claim(std::int64_t size_bytes) const;
  void check_size(std::int64_t size_bytes) const;

  const NpzFile& file_;
  std::string array_;
  Reader reader_;
  NpyHeader header_;
};

}  // namespace rollingdepth
