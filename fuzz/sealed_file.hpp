#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/json_reader.hpp"
#include "jobs/sealed_json.hpp"
#include "scratch_folder.hpp"

namespace rollingdepth::fuzz {

/// Writes the bytes as a file of a job. An object gets the checksum that fits, past which no chance
/// would come; its first key says otherwise where it is "unsealed".
inline void write_sealed_bytes(const std::string& name, const std::uint8_t* bytes,
                               std::size_t size) {
  std::string text(reinterpret_cast<const char*>(bytes), size);
  try {
    auto json = parse_json<Settings>(text);
    if (json.is_object() && !json.contains("unsealed")) {
      seal(json);
      text = json.dump(-1, ' ', false, Settings::error_handler_t::replace);
    }
  } catch (const JsonError&) {
  }
  (void)scratch().file(name, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
}

}  // namespace rollingdepth::fuzz
