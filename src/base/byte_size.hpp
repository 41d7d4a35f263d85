#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rollingdepth {

/// "1.4 GB", "12 MB", "3 kB".
std::string format_bytes(double bytes);

/// A size that was reckoned in double; what is more than any disk holds becomes 4e18.
std::int64_t whole_bytes(double bytes);

/// "128M", "1.5G", "64MB", "4096": a number of bytes; k, M, G and T are powers of 1000, Ki, Mi, Gi
/// and Ti of 1024. @throws Error(kUsage) naming the text.
std::int64_t parse_bytes(std::string_view text);

}  // namespace rollingdepth
