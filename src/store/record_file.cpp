#include "store/record_file.hpp"

#include <xxhash.h>

#include <string>
#include <utility>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

// Before every record. The mark comes first: it is all that has() reads.
struct Header {
  std::uint64_t mark = 0;
  std::uint64_t checksum = 0;
};
static_assert(sizeof(Header) == RecordFile::kHeaderBytes);

}  // namespace

RecordFile::RecordFile(FileDescriptor file, std::size_t record_bytes, std::uint64_t job)
    : file_(std::move(file)), record_bytes_(record_bytes), job_(job) {}

std::int64_t RecordFile::offset_of(std::int64_t index) const {
  if (index < 0) throw Error(ErrorKind::kFailed, "a record file has no record before its first");
  return index * (static_cast<std::int64_t>(record_bytes_) + kHeaderBytes);
}

std::uint64_t RecordFile::mark(std::int64_t index) const {
  // What another job wrote, or what was copied to another place, is no record here.
  const std::uint64_t hash = XXH3_64bits_withSeed(&index, sizeof(index), job_);
  return hash == 0 ? 1 : hash;  // A hole reads as 0.
}

std::uint64_t RecordFile::checksum(std::int64_t index, std::span<const std::byte> record) const {
  return XXH3_64bits_withSeed(record.data(), record.size(), mark(index));
}

void RecordFile::require_size(std::size_t bytes) const {
  if (bytes == record_bytes_) return;
  throw Error(ErrorKind::kFailed, "a record file holds records of " +
                                      std::to_string(record_bytes_) + " bytes, not of " +
                                      std::to_string(bytes));
}

void RecordFile::write(std::int64_t index, std::span<const std::byte> record) {
  require_size(record.size());
  const std::int64_t offset = offset_of(index);
  const Header header{.mark = mark(index), .checksum = checksum(index, record)};
  file_.write_at(record.data(), record.size(), offset + kHeaderBytes);
  file_.write_at(&header, sizeof(header), offset);
}

bool RecordFile::has(std::int64_t index) const {
  std::uint64_t found = 0;
  return file_.read_at(&found, sizeof(found), offset_of(index)) && found == mark(index);
}

bool RecordFile::read(std::int64_t index, std::span<std::byte> record) const {
  require_size(record.size());
  const std::int64_t offset = offset_of(index);
  Header header;
  if (!file_.read_at(&header, sizeof(header), offset) || header.mark != mark(index)) return false;
  return file_.read_at(record.data(), record.size(), offset + kHeaderBytes) &&
         checksum(index, record) == header.checksum;
}

void RecordFile::release(std::int64_t index) {
  const std::int64_t offset = offset_of(index);
  const Header none;
  file_.write_at(&none, sizeof(none), offset);
  file_.release(offset + kHeaderBytes, static_cast<std::int64_t>(record_bytes_));
}

}  // namespace rollingdepth
