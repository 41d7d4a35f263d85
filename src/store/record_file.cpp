#include "store/record_file.hpp"

#include <xxhash.h>

#include <string>
#include <utility>

#include "base/error.hpp"

namespace rollingdepth {
namespace {

using Checksum = std::uint64_t;
constexpr auto kChecksumBytes = static_cast<std::int64_t>(sizeof(Checksum));
constexpr Checksum kNoRecord = 0;

}  // namespace

RecordFile::RecordFile(FileDescriptor file, std::size_t record_bytes, std::uint64_t job)
    : file_(std::move(file)), record_bytes_(record_bytes), job_(job) {}

std::int64_t RecordFile::offset_of(std::int64_t index) const {
  if (index < 0) throw Error(ErrorKind::kFailed, "a record file has no record before its first");
  return index * (static_cast<std::int64_t>(record_bytes_) + kChecksumBytes);
}

std::uint64_t RecordFile::checksum(std::int64_t index, std::span<const std::byte> record) const {
  // Index and job are the seed: a record in another's place is none.
  const std::uint64_t seed = job_ ^ (static_cast<std::uint64_t>(index) * 0x9E3779B97F4A7C15ULL);
  const Checksum sum = XXH3_64bits_withSeed(record.data(), record.size(), seed);
  return sum == kNoRecord ? 1 : sum;
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
  const Checksum sum = checksum(index, record);
  file_.write_at(record.data(), record.size(), offset + kChecksumBytes);
  file_.write_at(&sum, sizeof(sum), offset);
}

bool RecordFile::read(std::int64_t index, std::span<std::byte> record) const {
  require_size(record.size());
  const std::int64_t offset = offset_of(index);
  Checksum sum = kNoRecord;
  if (!file_.read_at(&sum, sizeof(sum), offset) || sum == kNoRecord) return false;
  return file_.read_at(record.data(), record.size(), offset + kChecksumBytes) &&
         checksum(index, record) == sum;
}

void RecordFile::release(std::int64_t index) {
  const std::int64_t offset = offset_of(index);
  file_.write_at(&kNoRecord, sizeof(kNoRecord), offset);
  file_.release(offset + kChecksumBytes, static_cast<std::int64_t>(record_bytes_));
}

}  // namespace rollingdepth
