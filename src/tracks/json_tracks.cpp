#include <nlohmann/json.hpp>

#include "base/json_reader.hpp"
#include "tracks/json_record.hpp"
#include "tracks/track_formats.hpp"
#include "tracks/track_record.hpp"

namespace rollingdepth {
namespace {

using nlohmann::json;

// Of text; the tree of it takes some ten times as much memory.
constexpr std::size_t kMaxTrackJsonBytes = std::size_t{256} << 20;

std::string numbered(std::string list, std::int64_t number) {
  return list.append("[").append(std::to_string(number)).append("]");
}
std::string element_name(const FoundPosition& at) { return numbered("", at.place); }
std::string nested_name(const FoundPosition& at) {
  return numbered("", at.place) + numbered("", at.part);
}
std::string listed_track_name(const FoundPosition& at) {
  return numbered("", at.place) + numbered(".points", at.part);
}
std::string track_name(const FoundPosition& at) { return "tracks" + listed_track_name(at); }

/// Takes objects of JSON, naming the place of one that is wrong.
class JsonPositions {
 public:
  JsonPositions(const std::filesystem::path& file, FoundTracks& found)
      : file_(file), found_(found), label_number_(found.labels) {}

  /// @param owner the track that it is in, its id and label; its own count where that is null.
  void take(const json& object, std::int64_t place, std::int64_t part = -1,
            const FoundPosition* owner = nullptr) {
    FoundPosition at;
    at.place = place;
    at.part = part;
    try {
      at = position_of(JsonRecord(object), found_.own ? BoxOrigin::kCentre : BoxOrigin::kCorner,
                       label_number_);
    } catch (const RecordFault& fault) {
      refuse_tracks(file_, found_.place_name(at), fault.why);
    }
    at.place = place;
    at.part = part;
    if (owner != nullptr) {
      at.id = owner->id;
      if (owner->label >= 0) at.label = owner->label;
    }
    add_position(file_, at, found_);
  }

  /// The id and label of a track with points, which may lack both.
  FoundPosition owner(const json& track, std::int64_t place) {
    FoundPosition at;
    at.place = place;
    try {
      const JsonRecord record(track);
      if (record.has(TrackField::kId)) {
        const std::optional<double> id = record.number(TrackField::kId);
        if (!id) throw RecordFault{"id '" + record.text(TrackField::kId) + "' is no number"};
        at.id = id_of(*id);
      }
      if (record.has(TrackField::kLabel)) at.label = label_number_(record.text(TrackField::kLabel));
    } catch (const RecordFault& fault) {
      refuse_tracks(file_, numbered("track ", place), fault.why);
    }
    return at;
  }

 private:
  const std::filesystem::path& file_;
  FoundTracks& found_;
  LabelNumbers label_number_;
};

// [{"id": 7, "points": [{"frame": 0, "x": 1, "y": 2}, ...]}, ...]
void take_tracks(const std::filesystem::path& file, const json& tracks, FoundTracks& found) {
  JsonPositions positions(file, found);
  std::int64_t with_id = 0;
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    const auto place = static_cast<std::int64_t>(i);
    const json* points = tracks[i].is_object() ? member(tracks[i], "points") : nullptr;
    if (points == nullptr || !points->is_array()) {
      refuse_tracks(file, numbered("track ", place), "no list 'points'");
    }
    FoundPosition owner = positions.owner(tracks[i], place);
    if (owner.id) ++with_id;
    if (with_id != 0 && with_id != place + 1) {
      refuse_tracks(file, numbered("track ", place), "some tracks have an id and others have none");
    }
    if (!owner.id) owner.id = place;
    for (std::size_t j = 0; j < points->size(); ++j) {
      positions.take((*points)[j], place, static_cast<std::int64_t>(j), &owner);
    }
  }
}

// [[{"frame": 0, "x": 1, "y": 2}, ...], ...]
void take_lists(const std::filesystem::path& file, const json& tracks, FoundTracks& found) {
  JsonPositions positions(file, found);
  for (std::size_t i = 0; i < tracks.size(); ++i) {
    FoundPosition owner;
    owner.id = static_cast<std::int64_t>(i);
    if (!tracks[i].is_array()) {
      refuse_tracks(file, numbered("", *owner.id), "no list of positions, as others are");
    }
    for (std::size_t j = 0; j < tracks[i].size(); ++j) {
      positions.take(tracks[i][j], *owner.id, static_cast<std::int64_t>(j), &owner);
    }
  }
}

void take_elements(const std::filesystem::path& file, const json& list, FoundTracks& found) {
  JsonPositions positions(file, found);
  for (std::size_t i = 0; i < list.size(); ++i) {
    positions.take(list[i], static_cast<std::int64_t>(i));
  }
}

FoundTracks read_list(const std::filesystem::path& file, const json& list) {
  FoundTracks found{.format = "JSON", .place_name = element_name};
  if (list.empty()) return found;
  const json& first = list.front();
  if (first.is_array()) {
    found.place_name = nested_name;
    take_lists(file, list, found);
    return found;
  }
  if (first.is_object() && first.contains("image_id")) return read_coco_tracks(file, list);
  if (first.is_object() && first.contains("points")) {
    found.place_name = listed_track_name;
    take_tracks(file, list, found);
    return found;
  }
  if (first.is_object() && first.contains("x_min")) {
    found.format = "supervision JSON";
    found.frame_base = 0;
    found.without_id = WithoutId::kDetections;
  }
  take_elements(file, list, found);
  return found;
}

FoundTracks read_object(const std::filesystem::path& file, const json& object) {
  if (object.contains("annotations")) return read_coco_tracks(file, object);
  const json* tracks = member(object, "tracks");
  if (tracks == nullptr || !tracks->is_array()) {
    refuse_tracks(file, "",
                  "its JSON is of no known kind: it has neither 'annotations', as COCO, "
                  "nor a list 'tracks', and is no list of positions itself");
  }
  FoundTracks found{.format = "JSON", .place_name = track_name};
  // What `track` writes says in what depth is.
  if (object.contains("unit")) {
    found.format = "rollingdepth JSON";
    found.frame_base = 0;
    found.own = true;
  }
  take_tracks(file, *tracks, found);
  return found;
}

json parsed(const std::filesystem::path& file, std::string_view text) {
  try {
    return parse_json<json>(text, kMaxTrackJsonBytes);
  } catch (const JsonError& error) {
    std::string why = error.what();
    // Python writes them, although JSON knows neither.
    for (const char* word : {"NaN", "Infinity"}) {
      if (text.find(word) != std::string_view::npos) why.append("; it holds ").append(word);
    }
    refuse_tracks(file, "", why);
  }
}

}  // namespace

FoundTracks read_json_tracks(const std::filesystem::path& file, std::string_view text) {
  const json whole = parsed(file, text);
  return whole.is_array() ? read_list(file, whole) : read_object(file, whole);
}

}  // namespace rollingdepth
