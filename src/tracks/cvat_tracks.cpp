#include <tinyxml2.h>

#include <algorithm>
#include <string_view>

#include "tracks/track_formats.hpp"
#include "tracks/track_record.hpp"

namespace rollingdepth {
namespace {

using tinyxml2::XMLElement;

/// A shape of a track in one frame.
struct Shape {
  FoundPosition at;
  bool outside = false;  ///< The thing is not there from this frame on.
};

double number_attribute(const XMLElement& element, const char* name) {
  const char* text = element.Attribute(name);
  if (text == nullptr) throw RecordFault{std::string("no ") + name};
  const std::optional<double> number = number_in(text);
  if (!number) throw RecordFault{"'" + std::string(text) + "' is no number for " + name};
  return *number;
}

std::int64_t whole_attribute(const XMLElement& element, const char* name) {
  const std::optional<std::int64_t> whole = whole_number(number_attribute(element, name));
  if (!whole) throw RecordFault{std::string(name) + " is no whole number"};
  return *whole;
}

bool flag(const XMLElement& element, const char* name) {
  return element.Attribute(name) != nullptr && whole_attribute(element, name) != 0;
}

// "12.5,30": one point. False where there are several.
bool take_point(const XMLElement& element, FoundPosition& at) {
  const char* text = element.Attribute("points");
  if (text == nullptr) throw RecordFault{"no points"};
  const std::string_view point = text;
  if (point.find(';') != std::string_view::npos) return false;
  const std::size_t comma = std::min(point.find(','), point.size());
  const std::optional<double> x = number_in(point.substr(0, comma));
  const std::optional<double> y = number_in(point.substr(std::min(comma + 1, point.size())));
  if (!x || !y) throw RecordFault{"'" + std::string(point) + "' is no point"};
  at.x = *x;
  at.y = *y;
  return true;
}

void take_corners(const XMLElement& element, FoundPosition& at) {
  at.x = number_attribute(element, "xtl");
  at.y = number_attribute(element, "ytl");
  at.width = number_attribute(element, "xbr") - at.x;
  at.height = number_attribute(element, "ybr") - at.y;
  at.is_box = true;
}

// Unset for a shape that has no one place: polygons, masks, several points.
std::optional<Shape> shape_of(const XMLElement& element) {
  const std::string_view kind = element.Name();
  if (kind != "box" && kind != "points" && kind != "polyline") return std::nullopt;
  Shape shape;
  shape.at.place = element.GetLineNum();
  shape.at.frame = whole_attribute(element, "frame");
  shape.outside = flag(element, "outside");
  if (kind == "box") {
    take_corners(element, shape.at);
    // Where it is outside, nothing is read but where the way there leads.
    if (!shape.outside) require_box(shape.at);
    return shape;
  }
  if (!take_point(element, shape.at)) return std::nullopt;
  // Of a box, a part is hidden, but a point is hidden as a whole.
  shape.at.visible = !flag(element, "occluded");
  return shape;
}

FoundPosition between(const FoundPosition& left, const FoundPosition& right, std::int64_t frame) {
  const double share =
      static_cast<double>(frame - left.frame) / static_cast<double>(right.frame - left.frame);
  const auto mix = [share](double a, double b) { return a + (b - a) * share; };
  FoundPosition at = left;
  at.frame = frame;
  at.x = mix(left.x, right.x);
  at.y = mix(left.y, right.y);
  at.width = mix(left.width, right.width);
  at.height = mix(left.height, right.height);
  return at;
}

class CvatReader {
 public:
  CvatReader(const std::filesystem::path& file, const TrackReading& reading, FoundTracks& found)
      : file_(file), reading_(reading), found_(found), label_number_(found.labels) {}

  void take(const XMLElement& track) {
    FoundPosition owner;
    owner.id = tracks_++;
    if (track.Attribute("id") != nullptr) {
      owner.id = guarded(track, [&] { return id_of(number_attribute(track, "id")); });
    }
    if (const char* label = track.Attribute("label")) owner.label = label_number_(label);
    std::vector<Shape> shapes;
    for (const XMLElement* element = track.FirstChildElement(); element != nullptr;
         element = element->NextSiblingElement()) {
      if (std::string_view(element->Name()) == "attribute") continue;
      const std::optional<Shape> shape = guarded(*element, [&] { return shape_of(*element); });
      if (!shape) {
        ++left_out_;
        continue;
      }
      shapes.push_back(*shape);
      shapes.back().at.id = owner.id;
      shapes.back().at.label = owner.label;
    }
    add(shapes);
  }

  void finish() {
    if (left_out_ == 0) return;
    found_.remarks.push_back(std::to_string(left_out_) +
                             " shapes left out: only boxes and single points have one place");
  }

 private:
  template <class Action>
  auto guarded(const XMLElement& element, Action&& action) -> decltype(action()) {
    try {
      return action();
    } catch (const RecordFault& fault) {
      FoundPosition at;
      at.place = element.GetLineNum();
      refuse_tracks(file_, line_name(at), fault.why);
    }
  }

  void add(std::vector<Shape>& shapes) {
    std::stable_sort(shapes.begin(), shapes.end(),
                     [](const Shape& a, const Shape& b) { return a.at.frame < b.at.frame; });
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      if (shapes[i].outside) continue;
      add_position(file_, shapes[i].at, found_);
      if (i + 1 < shapes.size()) fill(shapes[i].at, shapes[i + 1]);
    }
  }

  // Not beyond the clip: a keyframe there is refused later, or is outside, where CVAT ends tracks.
  void fill(const FoundPosition& left, const Shape& right) {
    if (left.is_box != right.at.is_box || left.frame < 0) return;
    const std::int64_t behind_clip = reading_.frames + reading_.frame_base.value_or(0);
    const std::int64_t end = std::min(right.at.frame, behind_clip);
    for (std::int64_t frame = left.frame + 1; frame < end; ++frame) {
      add_position(file_, between(left, right.at, frame), found_);
    }
  }

  const std::filesystem::path& file_;
  const TrackReading& reading_;
  FoundTracks& found_;
  LabelNumbers label_number_;
  std::int64_t tracks_ = 0;
  std::int64_t left_out_ = 0;
};

// Of a task, a job or a project's only task; unset where the file does not say.
std::optional<FrameSize> original_size(const XMLElement& root) {
  const XMLElement* meta = root.FirstChildElement("meta");
  if (meta == nullptr) return std::nullopt;
  const XMLElement* size = meta->FirstChildElement("original_size");
  for (const char* owner : {"task", "job"}) {
    const XMLElement* element = meta->FirstChildElement(owner);
    if (size == nullptr && element != nullptr) size = element->FirstChildElement("original_size");
  }
  if (size == nullptr) return std::nullopt;
  const auto number = [size](const char* name) -> std::int64_t {
    const XMLElement* element = size->FirstChildElement(name);
    const char* text = element != nullptr ? element->GetText() : nullptr;
    const std::optional<double> value = text != nullptr ? number_in(text) : std::nullopt;
    return value ? whole_number(*value).value_or(0) : 0;
  };
  const FrameSize found{.width_px = number("width"), .height_px = number("height")};
  return found.width_px > 0 && found.height_px > 0 ? std::optional(found) : std::nullopt;
}

}  // namespace

FoundTracks read_cvat_tracks(const std::filesystem::path& file, const std::string& text,
                             const TrackReading& reading) {
  tinyxml2::XMLDocument document;
  if (document.Parse(text.data(), text.size()) != tinyxml2::XML_SUCCESS) {
    refuse_tracks(file, "line " + std::to_string(document.ErrorLineNum()),
                  "it is not valid XML, or cut short");
  }
  const XMLElement* root = document.RootElement();
  if (root == nullptr || std::string_view(root->Name()) != "annotations") {
    refuse_tracks(file, "", "its XML is not CVAT's: there is no element 'annotations'");
  }
  FoundTracks found{.format = "CVAT for video",
                    .frame_base = 0,
                    .size = original_size(*root),
                    .place_name = line_name};
  const XMLElement* track = root->FirstChildElement("track");
  if (track == nullptr && root->FirstChildElement("image") != nullptr) {
    refuse_tracks(file, "",
                  "it is 'CVAT for images', which has no tracks: export 'CVAT for video "
                  "1.1'");
  }
  CvatReader reader(file, reading, found);
  for (; track != nullptr; track = track->NextSiblingElement("track")) reader.take(*track);
  reader.finish();
  return found;
}

}  // namespace rollingdepth
