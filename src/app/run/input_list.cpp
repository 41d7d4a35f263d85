#include "app/run/input_list.hpp"

#include <cstdint>
#include <optional>
#include <sstream>
#include <string_view>

#include "base/byte_size.hpp"
#include "base/file_descriptor.hpp"
#include "decode/file_extension.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

// Hundreds of thousands of paths. What is larger is no list.
constexpr std::uintmax_t kMaxListBytes = 64 * 1024 * 1024;

[[noreturn]] void refuse(const fs::path& list, const std::string& why) {
  throw Error(ErrorKind::kInput, "cannot use the list " + list.string() + ": " + why);
}

std::string bytes_of(const fs::path& list) {
  FileDescriptor file = FileDescriptor::open_to_read(list);
  std::error_code problem;
  const std::uintmax_t size = fs::file_size(list, problem);
  if (problem) refuse(list, problem.message());
  if (size > kMaxListBytes) {
    refuse(list, "it has " + format_bytes(static_cast<double>(size)) + ", which no list has");
  }
  std::string bytes(static_cast<std::size_t>(size), '\0');
  bytes.resize(file.read(bytes.data(), bytes.size()));
  return bytes;
}

void append_utf8(std::uint32_t point, std::string& text) {
  const auto tail = [&](int shift) { text += static_cast<char>(0x80 | (point >> shift & 0x3F)); };
  if (point < 0x80) {
    text += static_cast<char>(point);
  } else if (point < 0x800) {
    text += static_cast<char>(0xC0 | point >> 6);
    tail(0);
  } else if (point < 0x10000) {
    text += static_cast<char>(0xE0 | point >> 12);
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xF0 | point >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

// Nothing where `bytes` is no UTF-16.
std::optional<std::string> utf8_of_utf16(std::string_view bytes, bool big_endian) {
  if (bytes.size() % 2 != 0) return std::nullopt;
  const auto unit = [&](std::size_t i) -> std::uint32_t {
    const auto first = static_cast<unsigned char>(bytes[i]);
    const auto second = static_cast<unsigned char>(bytes[i + 1]);
    return big_endian ? first << 8U | second : second << 8U | first;
  };
  const auto is_high = [](std::uint32_t value) { return value >= 0xD800 && value < 0xDC00; };
  const auto is_low = [](std::uint32_t value) { return value >= 0xDC00 && value < 0xE000; };
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    std::uint32_t point = unit(i);
    if (is_low(point)) return std::nullopt;
    if (is_high(point)) {
      i += 2;
      if (i >= bytes.size() || !is_low(unit(i))) return std::nullopt;
      point = 0x10000 + ((point - 0xD800) << 10U) + (unit(i) - 0xDC00);
    }
    append_utf8(point, text);
  }
  return text;
}

// As UTF-8 without a byte-order mark.
std::string text_of(const fs::path& list) {
  const std::string bytes = bytes_of(list);
  if (bytes.starts_with("\xEF\xBB\xBF")) return bytes.substr(3);
  const bool big_endian = bytes.starts_with("\xFE\xFF");
  if (!big_endian && !bytes.starts_with("\xFF\xFE")) return bytes;
  const auto text = utf8_of_utf16(std::string_view(bytes).substr(2), big_endian);
  if (!text) refuse(list, "it begins as UTF-16 and is none; save it as UTF-8");
  return *text;
}

}  // namespace

bool is_input_list(const fs::path& file) { return lower_extension(file) == ".txt"; }

std::vector<std::string> read_input_list(const fs::path& list) {
  std::istringstream stream(text_of(list));
  std::vector<std::string> lines;
  int number = 0;
  for (std::string line; std::getline(stream, line);) {
    ++number;
    // No name holds one, and what stands before it would be taken for the name.
    if (line.find('\0') != std::string::npos) {
      refuse(list, "line " + std::to_string(number) + " holds a zero byte; save it as UTF-8");
    }
    const std::size_t first = line.find_first_not_of(" \t\r");
    if (first == std::string::npos || line[first] == '#') continue;
    lines.push_back(line.substr(first, line.find_last_not_of(" \t\r") - first + 1));
  }
  if (lines.empty()) refuse(list, "it names no input");
  return lines;
}

}  // namespace rollingdepth
