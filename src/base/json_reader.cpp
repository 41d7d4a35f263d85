#include "base/json_reader.hpp"

#include <algorithm>
#include <array>
#include <system_error>

#include "base/file_descriptor.hpp"

namespace rollingdepth {
namespace {

[[noreturn]] void refuse_size(std::size_t max_bytes) {
  throw JsonError("it is too large: JSON of more than " + std::to_string(max_bytes >> 20) +
                  " MiB is not read");
}

// Brackets that are open at once, of text that may be no JSON at all. The parser would tell of each
// as well, but looks through all of a list again for every element of it where it is asked to.
int deepest_level(std::string_view text) {
  int level = 0;
  int deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '[' || c == '{') {
      deepest = std::max(deepest, ++level);
    } else if (c == ']' || c == '}') {
      --level;
    }
  }
  return deepest;
}

}  // namespace

template <class Json>
Json parse_json(std::string_view text, std::size_t max_bytes) {
  if (text.size() > max_bytes) refuse_size(max_bytes);
  if (deepest_level(text) > kMaxJsonDepth) {
    throw JsonError("its JSON is nested too deeply: more than " + std::to_string(kMaxJsonDepth) +
                    " levels");
  }
  try {
    return Json::parse(text.begin(), text.end());
  } catch (const typename Json::exception&) {
    throw JsonError("it is not valid JSON");
  }
}

std::string read_json_text(const std::filesystem::path& file) {
  FileDescriptor stream = FileDescriptor::open_to_read(file);
  std::string text;
  std::array<char, 1 << 16> block{};
  while (const std::size_t size = stream.read(block.data(), block.size())) {
    text.append(block.data(), size);
    if (text.size() > kMaxJsonBytes) refuse_size(kMaxJsonBytes);
  }
  return text;
}

template <class Json>
Json read_json(const std::filesystem::path& file) {
  // A pipe would be waited for.
  std::error_code ignored;
  const std::filesystem::file_status status = std::filesystem::status(file, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    throw JsonError("it is no plain file");
  }
  return parse_json<Json>(read_json_text(file));
}

template nlohmann::json parse_json(std::string_view, std::size_t);
template nlohmann::ordered_json parse_json(std::string_view, std::size_t);
template nlohmann::json read_json(const std::filesystem::path&);
template nlohmann::ordered_json read_json(const std::filesystem::path&);

}  // namespace rollingdepth
