// A file of records: one that was written and damaged afterwards, and bytes that never were one.
//
// Input: number of values in a map, place of the damage (two bytes), what is changed there, how
// many bytes are cut off at the end, and the content of two records of as many 16-bit values.
#include <ATen/core/Tensor.h>
#include <ATen/ops/empty.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "scratch_folder.hpp"
#include "store/map_codec.hpp"
#include "store/record_file.hpp"
#include "store/shard_files.hpp"

namespace {

using namespace rollingdepth;
namespace fs = std::filesystem;

constexpr std::uint64_t kJob = 7;
constexpr std::size_t kFirstBytes = 5;

RecordFile opened(const fs::path& file, std::size_t record_bytes) {
  return RecordFile(FileDescriptor::open_to_update(file), record_bytes, kJob);
}

// A record reads either as it was written or not at all.
void read_all(const RecordFile& file, std::size_t record_bytes, const std::byte* written) {
  at::Tensor map = at::empty({static_cast<std::int64_t>(
      (record_bytes - encoded_bytes(SpoolDtype::kUint16, 0)) / sizeof(std::uint16_t))});
  std::vector<std::byte> record(record_bytes);
  for (std::int64_t i = 0; i < 3; ++i) {
    const bool there = file.has(i);
    if (!file.read(i, record)) continue;
    if (!there) std::abort();
    if (written == nullptr || i > 1) std::abort();
    if (!std::equal(record.begin(), record.end(), written + i * record_bytes)) std::abort();
    decode_map(record, SpoolDtype::kUint16, map);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < kFirstBytes) return -1;
  const std::size_t record_bytes = encoded_bytes(SpoolDtype::kUint16, 1 + bytes[0] % 32);
  std::vector<std::uint8_t> content(bytes + kFirstBytes, bytes + size);
  const fs::path other = fuzz::scratch().file("other.spool", content);
  read_all(opened(other, record_bytes), record_bytes, nullptr);
  (void)parse_spool_file_name(std::string(content.begin(), content.end()));

  content.resize(2 * record_bytes);
  const auto* written = reinterpret_cast<const std::byte*>(content.data());
  const fs::path file = fuzz::scratch().file("maps.spool", {});
  RecordFile records = opened(file, record_bytes);
  for (std::size_t i = 0; i < 2; ++i) {
    records.write(static_cast<std::int64_t>(i), {written + i * record_bytes, record_bytes});
  }
  FileDescriptor damaged = FileDescriptor::open_to_update(file);
  const std::size_t all = fs::file_size(file);
  const auto at = static_cast<std::int64_t>((bytes[1] | bytes[2] << 8) % all);
  std::uint8_t value = 0;
  if (!damaged.read_at(&value, 1, at)) std::abort();
  value ^= bytes[3];
  damaged.write_at(&value, 1, at);
  fs::resize_file(file, all - bytes[4] % all);
  read_all(records, record_bytes, written);
  return 0;
}
