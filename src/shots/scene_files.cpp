#include "shots/scene_files.hpp"

#include <algorithm>
#include <string_view>

#include "base/json_reader.hpp"
#include "rollingdepth/error.hpp"
#include "shots/scene_lists.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// @throws Error(kInput), which does not name the file but where it cannot be read.
std::string text_of(const fs::path& file) {
  std::error_code ignored;
  const fs::file_status status = fs::status(file, ignored);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    throw Error(ErrorKind::kInput, "it is no plain file");
  }
  if (fs::exists(status) && fs::file_size(file, ignored) > kMaxJsonBytes) {
    throw Error(ErrorKind::kInput, "it is too large for a list of scenes: more than " +
                                       std::to_string(kMaxJsonBytes >> 20) + " MiB");
  }
  std::string text = read_json_text(file);
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  if (text.find('\0') != std::string::npos) throw Error(ErrorKind::kInput, "it is no text");
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    throw Error(ErrorKind::kInput, "it is empty");
  }
  return text;
}

bool is_json(std::string_view text) {
  const char first = text[text.find_first_not_of(" \t\r\n")];
  return first == '{' || first == '[';
}

}  // namespace

SceneList read_scene_file(const fs::path& file) {
  return with_context(ErrorKind::kInput, "cannot use the scenes of " + file.string(), [&] {
    const std::string text = text_of(file);
    const std::vector<ListedScene> scenes =
        is_json(text) ? parse_scene_json(text) : parse_scene_csv(text);
    SceneList list{.cuts = cuts_of(scenes), .end = std::nullopt};
    if (scenes.back().end >= 0) list.end = scenes.back().end;
    return list;
  });
}

}  // namespace rollingdepth
