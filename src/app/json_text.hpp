#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace rollingdepth {

/// A file for people too: indented, with a line break at the end. File names need not be UTF-8;
/// JSON must be.
inline std::string json_text(const nlohmann::ordered_json& json) {
  return json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

/// How `text` reads once it has been written to JSON: bytes that are not UTF-8 are replaced.
inline std::string as_json_spells(const std::string& text) {
  using Json = nlohmann::json;
  return Json::parse(Json(text).dump(-1, ' ', false, Json::error_handler_t::replace))
      .get<std::string>();
}

}  // namespace rollingdepth
