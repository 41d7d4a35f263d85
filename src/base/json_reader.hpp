#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

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

/// A whole number. nlohmann's get() takes 2.5, true and what does not fit as well, and cuts it off.
/// @throws JsonError for anything but a whole number that a `T` can hold.
template <class T, class Json>
T json_whole_number(const Json& value) {
  const bool fits =
      value.is_number_unsigned()
          ? std::in_range<T>(value.template get<std::uint64_t>())
          : value.is_number_integer() && std::in_range<T>(value.template get<std::int64_t>());
  if (!fits) throw JsonError("a number in it is none of those that can stand there");
  return value.template get<T>();
}

template <class T>
inline constexpr bool is_whole = std::is_integral_v<T> && !std::is_same_v<T, bool>;
template <class T>
inline constexpr bool is_whole_list = false;
template <class T>
inline constexpr bool is_whole_list<std::vector<T>> = is_whole<T>;

/// A value as get() gives it, but for whole numbers and lists of them, see json_whole_number().
/// @throws JsonError, and what get() throws.
template <class T, class Json>
T json_value(const Json& value) {
  if constexpr (is_whole<T>) {
    return json_whole_number<T>(value);
  } else if constexpr (is_whole_list<T>) {
    if (!value.is_array()) throw JsonError("it has no list where one has to stand");
    T list;
    for (const auto& entry : value)
      list.push_back(json_whole_number<typename T::value_type>(entry));
    return list;
  } else {
    return value.template get<T>();
  }
}

/// @throws JsonError, which does not name the file, for what is not JSON or no plain file;
/// Error(kInput) naming a file that cannot be read.
template <class Json>
Json read_json(const std::filesystem::path& file);

}  // namespace rollingdepth
