#include "decode/scrambled_stream.hpp"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <vector>

namespace rollingdepth {
namespace {

constexpr std::streamsize kLookedAtBytes = 1 << 20;
constexpr unsigned char kSync = 0x47;
// Source: ISO/IEC 13818-1, 2.4.3.2: the two bits of transport_scrambling_control.
constexpr std::size_t kScramblingByte = 3;
constexpr unsigned char kScramblingBits = 0xC0;
// So many packets in a row are a transport stream.
constexpr std::size_t kPacketsInARow = 5;

}  // namespace

bool is_scrambled_transport_stream(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::vector<char> bytes(kLookedAtBytes);
  stream.read(bytes.data(), kLookedAtBytes);
  bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(stream.gcount(), 0)));
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  // Plain packets, and those with a time before or a checksum behind.
  for (const std::size_t size : {188, 192, 204}) {
    for (std::size_t first = 0; first < size; ++first) {
      std::size_t packets = 0, scrambled = 0;
      for (std::size_t i = first; i + kScramblingByte < bytes.size() && at(i) == kSync; i += size) {
        ++packets;
        if ((at(i + kScramblingByte) & kScramblingBits) != 0) ++scrambled;
      }
      if (packets >= kPacketsInARow) return scrambled > 0;
    }
  }
  return false;
}

}  // namespace rollingdepth
