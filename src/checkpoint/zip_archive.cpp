#include "checkpoint/zip_archive.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

#include "checkpoint/foreign_bytes.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr std::int64_t kEndBytes = 22;  // Without the comment behind it.
constexpr std::int64_t kMostComment = 65535;
constexpr std::int64_t kLocatorBytes = 20;
constexpr std::int64_t kZip64EndBytes = 56;
constexpr std::int64_t kRowBytes = 46;                  // Of the directory, without the name.
constexpr std::int64_t kHeaderBytes = 30;               // In front of an entry, without the name.
constexpr std::int64_t kMostDirectoryBytes = 16 << 20;  // A checkpoint's has some 100 kB.
constexpr std::int64_t kBlockBytes = 1 << 20;
constexpr std::uint32_t kInZip64 = 0xFFFFFFFFU;
constexpr std::uint16_t kZip64Extra = 1;
constexpr std::uint16_t kEncrypted = 1;

/// A little-endian number. REQUIRES: it lies within `bytes`.
template <class Number>
Number number_at(std::string_view bytes, std::int64_t offset) {
  Number number = 0;
  std::memcpy(&number, bytes.data() + offset, sizeof(Number));
  return number;
}

/// A 64-bit number as offsets are kept; what no file can have becomes -1.
std::int64_t offset_at(std::string_view bytes, std::int64_t offset) {
  return std::max<std::int64_t>(static_cast<std::int64_t>(number_at<std::uint64_t>(bytes, offset)),
                                -1);
}

/// Replaces the numbers of a row that did not fit into 32 bits. @return whether all were there.
bool take_zip64(std::string_view extra, ZipEntry& entry, const std::vector<std::int64_t*>& wanted) {
  if (wanted.empty()) return true;
  while (extra.size() >= 4) {
    const auto id = number_at<std::uint16_t>(extra, 0);
    const auto size = number_at<std::uint16_t>(extra, 2);
    extra.remove_prefix(4);
    if (size > extra.size()) return false;
    if (id == kZip64Extra) {
      if (size < 8 * wanted.size()) return false;
      for (std::size_t i = 0; i < wanted.size(); ++i) {
        *wanted[i] = offset_at(extra, static_cast<std::int64_t>(8 * i));
      }
      return entry.bytes >= 0 && entry.stored >= 0 && entry.header >= 0;
    }
    extra.remove_prefix(size);
  }
  return false;
}

}  // namespace

ZipArchive::ZipArchive(std::filesystem::path path, FileDescriptor file, std::int64_t bytes)
    : path_(std::move(path)), file_(std::move(file)), bytes_(bytes) {
  read_directory(find_directory());
}

void ZipArchive::refuse(const std::string& why) const { refuse_file(path_, why); }

std::string ZipArchive::bytes_at(std::int64_t offset, std::int64_t size) const {
  std::string bytes(static_cast<std::size_t>(size), '\0');
  if (!file_.read_at(bytes.data(), bytes.size(), offset)) refuse("is cut short");
  return bytes;
}

ZipArchive::Directory ZipArchive::find_directory() const {
  const std::int64_t size = std::min(bytes_, kEndBytes + kMostComment);
  const std::string tail = bytes_at(bytes_ - size, size);
  for (std::int64_t at = size - kEndBytes; at >= 0; --at) {
    if (std::string_view(tail).substr(at, 4) != "PK\5\6") continue;
    if (at + kEndBytes + number_at<std::uint16_t>(tail, at + 20) > size) continue;
    const std::int64_t end = bytes_ - size + at;
    if (end >= kLocatorBytes && bytes_at(end - kLocatorBytes, 4) == "PK\6\7") {
      return zip64_directory(end - kLocatorBytes);
    }
    return {.offset = number_at<std::uint32_t>(tail, at + 16),
            .bytes = number_at<std::uint32_t>(tail, at + 12),
            .entries = number_at<std::uint16_t>(tail, at + 10)};
  }
  refuse(
      "is cut short: it begins as an archive of torch.save(), and the directory at its end is "
      "missing");
}

ZipArchive::Directory ZipArchive::zip64_directory(std::int64_t locator) const {
  const std::int64_t at = offset_at(bytes_at(locator, kLocatorBytes), 8);
  if (at < 0 || at > locator - kZip64EndBytes) refuse("is damaged: its directory is not there");
  const std::string end = bytes_at(at, kZip64EndBytes);
  if (!end.starts_with("PK\6\6")) refuse("is damaged: its directory is not there");
  return {.offset = offset_at(end, 48), .bytes = offset_at(end, 40), .entries = offset_at(end, 32)};
}

void ZipArchive::read_directory(const Directory& directory) {
  if (directory.bytes < 0 || directory.offset < 0 || directory.entries < 0 ||
      directory.bytes > bytes_ || directory.offset > bytes_ - directory.bytes) {
    refuse("is damaged: its directory does not lie within the file");
  }
  if (directory.bytes > kMostDirectoryBytes) refuse("is no checkpoint: it has too many entries");
  const std::string rows = bytes_at(directory.offset, directory.bytes);
  std::string_view rest = rows;
  for (std::int64_t i = 0; i < directory.entries; ++i) {
    if (rest.size() < kRowBytes || !rest.starts_with("PK\1\2")) {
      refuse("is damaged: its directory is cut short");
    }
    ZipEntry entry = {.bytes = number_at<std::uint32_t>(rest, 24),
                      .stored = number_at<std::uint32_t>(rest, 20),
                      .header = number_at<std::uint32_t>(rest, 42),
                      .crc = number_at<std::uint32_t>(rest, 16),
                      .flags = number_at<std::uint16_t>(rest, 8),
                      .method = number_at<std::uint16_t>(rest, 10)};
    const std::size_t name_bytes = number_at<std::uint16_t>(rest, 28);
    const std::size_t extra_bytes = number_at<std::uint16_t>(rest, 30);
    const std::size_t row =
        kRowBytes + name_bytes + extra_bytes + number_at<std::uint16_t>(rest, 32);
    if (rest.size() < row) refuse("is damaged: its directory is cut short");
    const std::string name(rest.substr(kRowBytes, name_bytes));
    std::vector<std::int64_t*> wanted;
    for (std::int64_t* number : {&entry.bytes, &entry.stored, &entry.header}) {
      if (*number == kInZip64) wanted.push_back(number);
    }
    const std::string_view extra = rest.substr(kRowBytes + name_bytes, extra_bytes);
    if (!take_zip64(extra, entry, wanted)) {
      refuse("is damaged: the directory does not tell where " + name + " is");
    }
    if (!entries_.emplace(name, entry).second) refuse("is damaged: it has two entries " + name);
    rest.remove_prefix(row);
  }
}

std::int64_t ZipArchive::begin_of(const std::string& name, const ZipEntry& entry) const {
  if ((entry.flags & kEncrypted) != 0) refuse("its entry " + name + " is encrypted");
  if (entry.method != 0) {
    refuse("its entry " + name +
           " is compressed, which torch.save() never does: it was packed "
           "anew by another program");
  }
  const std::string damaged = "is damaged: " + name;
  if (entry.bytes != entry.stored || entry.header > bytes_ - kHeaderBytes) {
    refuse(damaged + " does not lie within the file");
  }
  const std::string header = bytes_at(entry.header, kHeaderBytes);
  if (!header.starts_with("PK\3\4")) refuse(damaged + " is not where the directory says");
  const std::int64_t begin = entry.header + kHeaderBytes + number_at<std::uint16_t>(header, 26) +
                             number_at<std::uint16_t>(header, 28);
  if (begin > bytes_ || entry.bytes > bytes_ - begin) {
    refuse(damaged + " does not lie within the file");
  }
  return begin;
}

void ZipArchive::read(const std::string& name, std::int64_t offset, void* to,
                      std::int64_t size) const {
  const ZipEntry& entry = entries_.at(name);
  const std::int64_t begin = begin_of(name, entry);
  auto* const part = static_cast<char*>(to);
  if (checked_.contains(name)) {
    if (!file_.read_at(part, static_cast<std::size_t>(size), begin + offset)) {
      refuse("is cut short in " + name);
    }
    return;
  }
  std::string block(static_cast<std::size_t>(std::min(entry.bytes, kBlockBytes)), '\0');
  uLong crc = crc32(0, nullptr, 0);
  for (std::int64_t at = 0; at < entry.bytes; at += kBlockBytes) {
    const std::int64_t count = std::min(entry.bytes - at, kBlockBytes);
    if (!file_.read_at(block.data(), static_cast<std::size_t>(count), begin + at)) {
      refuse("is cut short in " + name);
    }
    crc = crc32(crc, reinterpret_cast<const Bytef*>(block.data()), static_cast<uInt>(count));
    const std::int64_t from = std::max(at, offset);
    const std::int64_t until = std::min(at + count, offset + size);
    if (from < until) {
      std::memcpy(part + (from - offset), block.data() + (from - at),
                  static_cast<std::size_t>(until - from));
    }
  }
  if (crc != entry.crc) refuse("is damaged: " + name + " does not have its checksum");
  checked_.insert(name);
}

}  // namespace rollingdepth
