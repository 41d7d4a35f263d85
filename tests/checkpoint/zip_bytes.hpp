#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <vector>

#include "pickle_code.hpp"

namespace rollingdepth::testing {

struct ZipFact {
  std::string name;
  std::string bytes;
  std::uint16_t method = 0;
  std::uint16_t flags = 0;
};

inline std::uint32_t crc_of(const std::string& bytes) {
  return static_cast<std::uint32_t>(crc32(crc32(0, nullptr, 0),
                                          reinterpret_cast<const Bytef*>(bytes.data()),
                                          static_cast<uInt>(bytes.size())));
}

/// The row of an entry in the directory. @param zip64 whether its numbers stand in an extra field.
inline std::string zip_row(const ZipFact& entry, std::uint64_t at, bool zip64) {
  const std::uint64_t size = entry.bytes.size();
  const std::string extra = zip64 ? bytes_of<std::uint16_t>(1) + bytes_of<std::uint16_t>(24) +
                                        bytes_of(size) + bytes_of(size) + bytes_of(at)
                                  : "";
  const auto narrow = [&](std::uint64_t number) {
    return bytes_of(zip64 ? 0xFFFFFFFFU : static_cast<std::uint32_t>(number));
  };
  return joined({"PK\1\2", std::string(4, '\0'), bytes_of(entry.flags), bytes_of(entry.method),
                 std::string(4, '\0'), bytes_of(crc_of(entry.bytes)), narrow(size), narrow(size),
                 bytes_of(static_cast<std::uint16_t>(entry.name.size())),
                 bytes_of(static_cast<std::uint16_t>(extra.size())), std::string(10, '\0'),
                 narrow(at), entry.name, extra});
}

/// An archive as torch.save() writes it: stored entries, whose headers have no sizes and are
/// padded.
inline std::string zip_bytes(const std::vector<ZipFact>& entries, bool zip64 = true) {
  std::string bytes;
  std::string rows;
  for (const ZipFact& entry : entries) {
    rows += zip_row(entry, bytes.size(), zip64);
    bytes += joined({"PK\3\4", std::string(22, '\0'),
                     bytes_of(static_cast<std::uint16_t>(entry.name.size())),
                     bytes_of<std::uint16_t>(5), entry.name, "FBxxx", entry.bytes});
  }
  const std::uint64_t directory = bytes.size();
  const auto count = static_cast<std::uint64_t>(entries.size());
  bytes += rows;
  if (zip64) {
    const std::uint64_t end = bytes.size();
    bytes += joined({"PK\6\6", std::string(20, '\0'), bytes_of(count), bytes_of(count),
                     bytes_of<std::uint64_t>(rows.size()), bytes_of(directory)});
    bytes += joined({"PK\6\7", std::string(4, '\0'), bytes_of(end), std::string(4, '\0')});
  }
  const auto narrow = [&](std::uint64_t number) {
    return bytes_of(zip64 ? 0xFFFFFFFFU : static_cast<std::uint32_t>(number));
  };
  bytes += joined({"PK\5\6", std::string(4, '\0'), bytes_of(static_cast<std::uint16_t>(count)),
                   bytes_of(static_cast<std::uint16_t>(count)), narrow(rows.size()),
                   narrow(directory), std::string(2, '\0')});
  return bytes;
}

}  // namespace rollingdepth::testing
