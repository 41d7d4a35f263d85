#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/file_descriptor.hpp"

namespace rollingdepth {

/// A file of records of one size, each with a mark, which says that it was written, and a checksum,
/// so that a record reads either whole or not at all: after a crash, a record that was torn,
/// damaged or of another job reads as missing. Records are read and written by position; no page of
/// the file stays mapped. Thread-compatible: different records may be used from different threads.
class RecordFile {
 public:
  /// What a record takes besides its own bytes.
  static constexpr std::int64_t kHeaderBytes = 16;

  /// @param file open for reading and writing. @param job is mixed into every checksum: records
  /// that another job wrote into the same file read as missing.
  RecordFile(FileDescriptor file, std::size_t record_bytes, std::uint64_t job);

  /// @throws Error(kOutput) on a full disk.
  void write(std::int64_t index, std::span<const std::byte> record);
  /// Whether the record was written, for the price of eight bytes: it may be damaged, which read()
  /// finds. @throws Error(kInput) when reading fails.
  [[nodiscard]] bool has(std::int64_t index) const;
  /// Reads into `record`, all of it, or returns false where the record is missing.
  /// @throws Error(kInput) when reading fails.
  [[nodiscard]] bool read(std::int64_t index, std::span<std::byte> record) const;
  /// Gives the record's disk space back, as far as the file system can; it then reads as missing.
  void release(std::int64_t index);
  [[nodiscard]] std::int64_t disk_bytes() const { return file_.disk_bytes(); }

 private:
  [[nodiscard]] std::int64_t offset_of(std::int64_t index) const;
  [[nodiscard]] std::uint64_t mark(std::int64_t index) const;
  [[nodiscard]] std::uint64_t checksum(std::int64_t index, std::span<const std::byte> record) const;
  void require_size(std::size_t bytes) const;

  FileDescriptor file_;
  std::size_t record_bytes_ = 0;
  std::uint64_t job_ = 0;
};

}  // namespace rollingdepth
