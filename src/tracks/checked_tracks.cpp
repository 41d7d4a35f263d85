#include "tracks/checked_tracks.hpp"

#include <algorithm>
#include <unordered_map>

#include "tracks/numbering.hpp"
#include "tracks/placement.hpp"

namespace rollingdepth {
namespace {

// Which track each position belongs to.
class TrackOf {
 public:
  explicit TrackOf(const FoundTracks& found) {
    const auto has_id = [](const FoundPosition& at) { return at.id.has_value(); };
    has_ids_ = std::any_of(found.positions.begin(), found.positions.end(), has_id);
    is_one_ = !has_ids_ && (found.without_id == WithoutId::kOneTrack || is_once_a_frame(found));
  }

  // Unset for what has no id among others that have.
  std::optional<std::int64_t> operator()(const FoundPosition& at) {
    if (is_one_) return 0;
    if (!has_ids_) return next_++;
    if (!at.id) ++without_id_;
    return at.id;
  }

  [[nodiscard]] std::vector<std::string> remarks() const {
    if (!is_one_ && !has_ids_) {
      return {"no ids: each of the " + std::to_string(next_) +
              " detections is taken as a track of its own"};
    }
    if (is_one_) return {"no ids: all positions are taken as one track"};
    if (without_id_ > 0) {
      return {std::to_string(without_id_) + " without an id left out, as others have one"};
    }
    return {};
  }

 private:
  static bool is_once_a_frame(const FoundTracks& found) {
    std::vector<std::int64_t> frames;
    frames.reserve(found.positions.size());
    for (const FoundPosition& at : found.positions) frames.push_back(at.frame);
    std::sort(frames.begin(), frames.end());
    return std::adjacent_find(frames.begin(), frames.end()) == frames.end();
  }

  bool has_ids_ = false;
  bool is_one_ = false;
  std::int64_t next_ = 0;
  std::int64_t without_id_ = 0;
};

// A track, and where in the file each of its points stands.
struct PlacedTrack {
  Track track;
  std::vector<std::size_t> places;
};

std::int64_t frame_from_0(const std::filesystem::path& file, const FoundTracks& found,
                          const FoundPosition& at, std::int64_t base, std::int64_t clip_frames) {
  const auto refuse = [&](const std::string& why) {
    refuse_tracks(file, found.place_name(at), "frame " + std::to_string(at.frame) + why);
  };
  const std::string from = " from " + std::to_string(base) + " (--frame-base)";
  if (at.frame < base) refuse(" is before the clip, whose frames are counted" + from);
  if (at.frame - base >= clip_frames) {
    refuse(" is beyond the clip, which has " + std::to_string(clip_frames) + " frames, counted" +
           from);
  }
  return at.frame - base;
}

// By frame, each once.
void order_points(const std::filesystem::path& file, const FoundTracks& found,
                  PlacedTrack& placed) {
  std::vector<TrackedPoint>& points = placed.track.points;
  std::vector<std::size_t> order(points.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return points[a].frame < points[b].frame; });
  std::vector<TrackedPoint> sorted;
  sorted.reserve(points.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i > 0 && points[order[i]].frame == sorted.back().frame) {
      const FoundPosition& again = found.positions[placed.places[order[i]]];
      const FoundPosition& before = found.positions[placed.places[order[i - 1]]];
      const std::string what =
          again.id ? "id " + std::to_string(*again.id) : std::string("a position without an id");
      refuse_tracks(file, found.place_name(again),
                    what + " is in frame " + std::to_string(again.frame) +
                        " a second time, after " + found.place_name(before));
    }
    sorted.push_back(points[order[i]]);
  }
  points = std::move(sorted);
}

class TrackList {
 public:
  void add(std::int64_t id, const FoundPosition& at, std::size_t place, const TrackedPoint& point,
           const std::vector<std::string>& labels) {
    const auto [entry, is_new] = place_of_.emplace(id, tracks_.size());
    if (is_new) tracks_.push_back({.track = {.id = id, .points = {}}, .places = {}});
    PlacedTrack& placed = tracks_[entry->second];
    if (placed.track.label.empty() && at.label >= 0) {
      placed.track.label = labels[static_cast<std::size_t>(at.label)];
    }
    placed.track.points.push_back(point);
    placed.places.push_back(place);
  }

  std::vector<Track> ordered(const std::filesystem::path& file, const FoundTracks& found) && {
    std::vector<Track> tracks;
    tracks.reserve(tracks_.size());
    for (PlacedTrack& placed : tracks_) {
      order_points(file, found, placed);
      placed.places = {};
      tracks.push_back(std::move(placed.track));
    }
    return tracks;
  }

 private:
  std::vector<PlacedTrack> tracks_;
  std::unordered_map<std::int64_t, std::size_t> place_of_;
};

void append(std::vector<std::string>& lines, const std::vector<std::string>& more) {
  lines.insert(lines.end(), more.begin(), more.end());
}

}  // namespace

TrackFile checked_tracks(const std::filesystem::path& file, FoundTracks found,
                         const TrackReading& reading) {
  if (found.positions.empty()) {
    std::string why = "it holds no track";
    for (const std::string& remark : found.remarks) why += "; " + remark;
    refuse_tracks(file, "", why);
  }
  const FrameBase base = frame_base_of(found, reading);
  const CoordinateUnit unit = coordinate_unit_of(found, reading);
  Placement place(file, found, unit.unit, reading.size);
  TrackOf track_of(found);
  TrackList list;
  for (std::size_t i = 0; i < found.positions.size(); ++i) {
    const FoundPosition& at = found.positions[i];
    const std::int64_t frame = frame_from_0(file, found, at, base.base, reading.frames);
    const std::optional<std::int64_t> id = track_of(at);
    if (!id) continue;
    std::optional<TrackedPoint> point = place(at);
    if (!point) continue;
    point->frame = frame;
    list.add(*id, at, i, *point, found.labels);
  }

  TrackFile result{.tracks = {},
                   .format = found.format,
                   .frame_base = base.base,
                   .coordinates = unit.unit,
                   .remarks = found.remarks};
  for (const std::string& remark : {base.remark, unit.remark}) {
    if (!remark.empty()) result.remarks.push_back(remark);
  }
  append(result.remarks, track_of.remarks());
  append(result.remarks, place.remarks());
  result.tracks = std::move(list).ordered(file, found);
  if (result.tracks.empty()) refuse_tracks(file, "", "no position is inside of the picture");
  return result;
}

}  // namespace rollingdepth
