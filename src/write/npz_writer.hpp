#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <string>

#include "base/file_descriptor.hpp"
#include "base/partial_file.hpp"

struct archive;  // libarchive's.

namespace rollingdepth {

/// Writes a NumPy archive front to back; the same content gives the same file, which gets its name
/// only in finish(). From 4 GB on it is in the 64-bit format. Not thread-safe.
class NpzWriter {
 public:
  enum class Packing { kStored, kDeflated };

  /// Writes nothing yet. @throws Error(kOutput) where libarchive lacks something.
  NpzWriter(const std::filesystem::path& file, Packing packing);
  NpzWriter(const NpzWriter&) = delete;
  NpzWriter& operator=(const NpzWriter&) = delete;

  /// Asks libarchive for what the constructor asks for, and touches no file.
  /// @throws Error(kOutput) naming `file`.
  static void try_out(const std::filesystem::path& file, Packing packing);

  [[nodiscard]] const std::filesystem::path& file() const { return partial_.final_path(); }

  /// What comes from now on is the content of `entry`, "depth.npy": a header and values.
  /// @throws Error(kOutput) as write().
  void begin(const std::string& entry, std::uint64_t size_bytes);
  /// @throws Error(kOutput) naming the file, for example on a full disk.
  void write(const void* bytes, std::size_t size);
  /// All is there. @throws Error(kOutput).
  void close();
  /// Gives the file its name. REQUIRES: close() was called. @throws Error(kOutput).
  void finish() { partial_.finish(); }

 private:
  struct Free {
    void operator()(archive* writer) const noexcept;
  };

  using Archive = std::unique_ptr<archive, Free>;

  static Archive make_archive(const std::filesystem::path& file, Packing packing);
  // libarchive's way out: a C function, which must not throw.
  static ssize_t take_bytes(archive* writer, void* self, const void* bytes,
                            std::size_t size) noexcept;
  void open();
  void check(int code);

  PartialFile partial_;
  FileDescriptor file_;
  std::exception_ptr failure_;
  Archive writer_;  // Destroyed first: it may still write.
};

}  // namespace rollingdepth
