#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace rollingdepth {

/// A file for people too: indented, with a line break at the end. File names need not be UTF-8;
/// JSON must be.
inline std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace rollingdepth
