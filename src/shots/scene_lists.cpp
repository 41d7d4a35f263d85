#include "shots/scene_lists.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/json_reader.hpp"
#include "base/printable.hpp"
#include "rollingdepth/clip.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr std::string_view kStartColumn = "start frame";
constexpr std::string_view kEndColumn = "end frame";

[[noreturn]] void fail(const std::string& place, const std::string& why) {
  throw Error(ErrorKind::kInput, place.empty() ? why : place + ": " + why);
}

void require_frame(std::int64_t frame, const std::string& place) {
  if (frame >= 0 && frame <= kMaxFrames) return;
  fail(place,
       "there is no frame " + std::to_string(frame) + " (0 to " + std::to_string(kMaxFrames) + ")");
}

// --- CSV -----------------------------------------------------------------------------------------

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

/// The values of a line; quotes around one are taken off. Values that count hold no separator.
std::vector<std::string> fields_of(std::string_view line, char separator) {
  std::vector<std::string> fields;
  while (true) {
    const std::size_t end = line.find(separator);
    std::string_view field = trimmed(line.substr(0, end));
    if (field.size() >= 2 && field.front() == '"' && field.back() == '"') {
      field = trimmed(field.substr(1, field.size() - 2));
    }
    fields.emplace_back(field);
    if (end == std::string_view::npos) return fields;
    line.remove_prefix(end + 1);
  }
}

std::string lowered(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return c < 0x80 ? static_cast<char>(std::tolower(c)) : c; });
  return text;
}

/// Where the columns are that count.
struct Header {
  char separator = ',';
  std::size_t start = 0;
  std::optional<std::size_t> end;
};

std::optional<Header> header_of(std::string_view line) {
  for (const char separator : {',', ';', '\t'}) {
    const std::vector<std::string> fields = fields_of(line, separator);
    Header header{.separator = separator, .start = fields.size(), .end = std::nullopt};
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const std::string name = lowered(fields[i]);
      if (name == kStartColumn) header.start = i;
      if (name == kEndColumn) header.end = i;
    }
    if (header.start < fields.size()) return header;
  }
  return std::nullopt;
}

class CsvReader {
 public:
  explicit CsvReader(std::string_view text) : rest_(text) {}

  std::vector<ListedScene> read() {
    const Header header = find_header();
    std::vector<ListedScene> scenes;
    while (next_line()) {
      if (trimmed(line_).empty()) continue;
      scenes.push_back(scene(header));
    }
    count_from_zero(scenes);
    return scenes;
  }

 private:
  bool next_line() {
    if (rest_.empty()) return false;
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    ++number_;
    return true;
  }

  [[nodiscard]] std::string place() const { return "line " + std::to_string(number_); }

  // A list of the cuts' timecodes may come before it.
  Header find_header() {
    while (next_line()) {
      if (const auto header = header_of(line_)) return *header;
    }
    fail("",
         "it has no column 'Start Frame', so it is no list of scenes of PySceneDetect, and no "
         "scenes.json of Av1an");
  }

  [[nodiscard]] std::int64_t number(const std::vector<std::string>& fields, std::size_t column,
                                    const std::string& name) const {
    if (column >= fields.size()) fail(place(), "it has no value for '" + name + "'");
    const std::string& text = fields[column];
    std::int64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data(), end, value);
    if (text.empty() || problem != std::errc() || stop != end) {
      fail(place(), name + ": " + in_quotes(text) + " is not a whole number");
    }
    require_frame(value, place());
    return value;
  }

  [[nodiscard]] ListedScene scene(const Header& header) const {
    const std::vector<std::string> fields = fields_of(line_, header.separator);
    ListedScene scene{
        .begin = number(fields, header.start, "Start Frame"), .end = -1, .place = place()};
    if (header.end) scene.end = number(fields, *header.end, "End Frame");
    return scene;
  }

  // The last frame counted from 1 is the end, exclusive, counted from 0. Versions before 0.6
  // counted both from 0.
  static void count_from_zero(std::vector<ListedScene>& scenes) {
    if (scenes.empty() || scenes.front().begin == 0) return;
    for (ListedScene& scene : scenes) {
      if (scene.begin == 0)
        fail(scene.place, "a scene begins with frame 0, but the first does not");
      --scene.begin;
    }
  }

  std::string_view rest_, line_;
  std::int64_t number_ = 0;
};

// --- JSON ----------------------------------------------------------------------------------------

std::int64_t frame_of(const nlohmann::json& scene, const char* name, const std::string& place) {
  const auto found = scene.find(name);
  if (found == scene.end()) fail(place, std::string("it has no '") + name + "'");
  // Larger numbers than 64 bits hold are no integers here.
  if (!found->is_number_integer() ||
      (found->is_number_unsigned() && found->get<std::uint64_t>() > std::uint64_t{kMaxFrames})) {
    fail(place, std::string(name) + ": " + in_quotes(found->dump()) + " is no number of a frame");
  }
  const auto frame = found->get<std::int64_t>();
  require_frame(frame, place);
  return frame;
}

}  // namespace

std::vector<ListedScene> parse_scene_csv(std::string_view text) { return CsvReader(text).read(); }

std::vector<ListedScene> parse_scene_json(std::string_view text) {
  const auto json = parse_json<nlohmann::json>(text);
  const auto list = json.is_object() ? json.find("scenes") : json.end();
  if (!json.is_object() || list == json.end() || !list->is_array()) {
    fail("", "it has no list 'scenes', so it is no scenes.json of Av1an");
  }
  std::vector<ListedScene> scenes;
  for (const nlohmann::json& scene : *list) {
    const std::string place = "scene " + std::to_string(scenes.size() + 1);
    if (!scene.is_object()) fail(place, in_quotes(scene.dump()) + " is no scene");
    scenes.push_back({.begin = frame_of(scene, "start_frame", place),
                      .end = frame_of(scene, "end_frame", place),
                      .place = place});
  }
  if (json.contains("frames") && !scenes.empty()) {
    const std::int64_t frames = frame_of(json, "frames", "");
    if (scenes.back().end > frames) {
      fail(scenes.back().place, "it ends with frame " + std::to_string(scenes.back().end) + " of " +
                                    std::to_string(frames) + " frames");
    }
  }
  return scenes;
}

Cuts cuts_of(const std::vector<ListedScene>& scenes) {
  if (scenes.empty()) fail("", "it lists no scene");
  Cuts cuts;
  const ListedScene* before = nullptr;
  for (const ListedScene& scene : scenes) {
    if (scene.end >= 0 && scene.end <= scene.begin) {
      fail(scene.place, "the scene ends before it begins");
    }
    if (before != nullptr && scene.begin <= before->begin) {
      fail(scene.place, "the scene does not begin after the one before it");
    }
    if (before != nullptr && before->end >= 0 && scene.begin != before->end) {
      const bool gap = scene.begin > before->end;
      fail(scene.place, std::string(gap ? "frames are missing" : "scenes overlap") +
                            " between this scene and the one before it: each has to begin where "
                            "the one before ends");
    }
    if (scene.begin > 0) cuts.push_back(scene.begin);
    before = &scene;
  }
  return cuts;
}

}  // namespace rollingdepth
