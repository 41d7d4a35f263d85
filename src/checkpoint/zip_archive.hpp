#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "base/file_descriptor.hpp"

namespace rollingdepth {

/// What the directory of an archive says of an entry.
struct ZipEntry {
  std::int64_t bytes = 0;   ///< Uncompressed.
  std::int64_t stored = 0;  ///< As they lie in the file.
  std::int64_t header = 0;  ///< Where its header lies in the file.
  std::uint32_t crc = 0;
  std::uint16_t flags = 0;
  std::uint16_t method = 0;  ///< 0 is stored as it is.
};

/// A zip archive with or without zip64, of which parts of entries are read; they have to be stored
/// uncompressed, as torch.save() does. libarchive would read all that lies before an entry's part.
/// Source: APPNOTE.TXT 6.3.10 of PKWARE. Not thread-safe.
class ZipArchive {
 public:
  /// @param file of `bytes` bytes. @throws Error(kModel) naming it where it has no directory, as
  /// when it is cut short, or a damaged one.
  ZipArchive(std::filesystem::path path, FileDescriptor file, std::int64_t bytes);

  /// By name.
  [[nodiscard]] const std::map<std::string, ZipEntry>& entries() const { return entries_; }

  /// @throws Error(kModel) where an entry does not lie in the file as it is. REQUIRES: as read().
  void check(const std::string& name) const { (void)begin_of(name, entries_.at(name)); }
  /// Reads `size` bytes of an entry into `to`, from `offset` on; at its first use the whole entry
  /// goes by, a block at a time, to be held against its checksum.
  /// REQUIRES: a name of entries(), and a part that lies within it.
  /// @throws Error(kModel) naming file and entry: compressed, damaged, cut short.
  void read(const std::string& name, std::int64_t offset, void* to, std::int64_t size) const;

 private:
  struct Directory {
    std::int64_t offset = 0;
    std::int64_t bytes = 0;
    std::int64_t entries = 0;
  };
  [[nodiscard]] Directory find_directory() const;
  [[nodiscard]] Directory zip64_directory(std::int64_t locator) const;
  void read_directory(const Directory& directory);
  [[nodiscard]] std::int64_t begin_of(const std::string& name, const ZipEntry& entry) const;
  [[nodiscard]] std::string bytes_at(std::int64_t offset, std::int64_t size) const;
  [[noreturn]] void refuse(const std::string& why) const;

  std::filesystem::path path_;
  FileDescriptor file_;
  std::int64_t bytes_;
  std::map<std::string, ZipEntry> entries_;
  mutable std::set<std::string> checked_;  ///< Entries that have their checksum.
};

}  // namespace rollingdepth
