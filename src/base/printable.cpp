#include "base/printable.hpp"

#include <array>
#include <cstdint>

#include "base/formatted.hpp"

namespace rollingdepth {
namespace {

/// Of one character: bytes and code point; 0 bytes for what is not UTF-8.
struct Character {
  std::size_t bytes = 0;
  std::uint32_t code = 0;
};

/// Source: The Unicode Standard, table 3-7: the shortest form only, no surrogates.
Character first_character(std::string_view text) {
  // What a first byte below `end` announces; `least` is the smallest code of so many bytes.
  struct Form {
    unsigned end;
    std::uint32_t least;
  };
  constexpr std::array<Form, 4> kForms = {
      {{0x80, 0}, {0xe0, 0x80}, {0xf0, 0x800}, {0xf5, 0x10000}}};
  constexpr std::uint32_t kLast = 0x10ffff, kSurrogates = 0xd800, kBehindSurrogates = 0xe000;
  const auto byte_at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte_at(0);
  if (first < kForms[0].end) return {1, first};
  if (first < 0xc2) return {};
  std::size_t bytes = 2;
  while (bytes <= kForms.size() && first >= kForms[bytes - 1].end) ++bytes;
  if (bytes > kForms.size() || text.size() < bytes) return {};
  std::uint32_t code = first & (0xffU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte_at(i) & 0xc0U) != 0x80) return {};
    code = code << 6 | (byte_at(i) & 0x3fU);
  }
  const bool surrogate = code >= kSurrogates && code < kBehindSurrogates;
  if (code < kForms[bytes - 1].least || code > kLast || surrogate) return {};
  return {bytes, code};
}

std::string shown(std::uint32_t control) {
  switch (control) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return formatted(control < 0x80 ? "\\x%02x" : "\\u%04x", control);
  }
}

bool is_control(std::uint32_t code) { return code < 0x20 || (code >= 0x7f && code < 0xa0); }

}  // namespace

std::string printable(std::string_view text, LineBreaks line_breaks) {
  std::string result;
  while (!text.empty()) {
    const Character character = first_character(text);
    if (character.bytes == 0) {
      result += formatted("\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(text[0])));
      text.remove_prefix(1);
      continue;
    }
    const bool kept_break = character.code == '\n' && line_breaks == LineBreaks::kKept;
    if (is_control(character.code) && !kept_break) {
      result += shown(character.code);
    } else {
      result += text.substr(0, character.bytes);
    }
    text.remove_prefix(character.bytes);
  }
  return result;
}

std::string in_quotes(std::string_view text) {
  constexpr std::size_t kShown = 40;
  std::string result = "'";
  result.append(printable(text.substr(0, kShown))).append(text.size() > kShown ? "…'" : "'");
  return result;
}

}  // namespace rollingdepth
