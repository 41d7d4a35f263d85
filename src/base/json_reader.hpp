#pragma once

#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "rollingdepth/error.hpp"

namespace rollingdepth {

/// The one reader of JSON of this program. Files may be anybody's: a value of many levels would
/// overflow the stack of whoever copies it, a large one fills memory.
constexpr std::size_t kMaxJsonBytes = 16 << 20;  ///< Ours have some kilobytes.
constexpr int kMaxJsonDepth = 64;                ///< Ours have five levels.

/// Why a text is not taken: "it is not valid JSON", "its JSON is nested too deeply".
class JsonError : public Error {
 public:
  explicit JsonError(const std::string& why) : Error(ErrorKind::kInput, why) {}
};

/// @tparam Json nlohmann::json or nlohmann::ordered_json.
/// @param max_bytes of the text: what is read takes some ten times its memory. @throws JsonError.
template <class Json>
Json parse_json(std::string_view text, std::size_t max_bytes = kMaxJsonBytes);

/// The text of a file that holds JSON, or any other.
/// @throws JsonError for a larger file than JSON may have, Error(kInput) naming a file that cannot
/// be read.
std::string read_json_text(const std::filesystem::path& file);

/// @throws JsonError, which does not name the file, for what is not JSON or no plain file;
/// Error(kInput) naming a file that cannot be read.
template <class Json>
Json read_json(const std::filesystem::path& file);

}  // namespace rollingdepth
