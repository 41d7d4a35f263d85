#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <unordered_map>

#include "tracks/json_record.hpp"
#include "tracks/track_formats.hpp"
#include "tracks/track_record.hpp"

namespace rollingdepth {
namespace {

using nlohmann::json;

std::string numbered(std::string list, std::int64_t number) {
  return list.append("[").append(std::to_string(number)).append("]");
}
std::string annotation_name(const FoundPosition& at) { return numbered("annotations", at.place); }
std::string result_name(const FoundPosition& at) { return numbered("", at.place); }

// The member as a whole number, unset where it is not there. @throws RecordFault.
std::optional<std::int64_t> whole_member(const json& object, const std::string& name) {
  const json* value = member(object, name);
  if (value == nullptr) return std::nullopt;
  const std::optional<double> number = json_number(*value);
  const std::optional<std::int64_t> whole = number ? whole_number(*number) : std::nullopt;
  if (!whole) throw RecordFault{name + " is no whole number"};
  return whole;
}

std::int64_t required_member(const json& object, const std::string& name) {
  const std::optional<std::int64_t> value = whole_member(object, name);
  if (!value) throw RecordFault{"no " + name};
  return *value;
}

// 12 for "cam1/frame_000012.png": the last digits of the name.
std::optional<std::int64_t> number_in_name(const json& image) {
  const json* value = member(image, "file_name");
  if (value == nullptr || !value->is_string()) return std::nullopt;
  const std::string stem = std::filesystem::path(value->get<std::string>()).stem().string();
  const std::size_t last = stem.find_last_of("0123456789");
  if (last == std::string::npos) return std::nullopt;
  std::size_t first = last;
  while (first > 0 && stem[first - 1] >= '0' && stem[first - 1] <= '9') --first;
  const std::optional<double> number = number_in(stem.substr(first, last + 1 - first));
  return number ? whole_number(*number) : std::nullopt;
}

std::optional<std::int64_t> frame_member(const json& image) {
  for (const std::string& name : names_of(TrackField::kFrame)) {
    if (const auto frame = whole_member(image, name)) return frame;
  }
  return std::nullopt;
}

/// Which frame each image is: what the format leaves to its writers.
class ImageFrames {
 public:
  ImageFrames(const std::filesystem::path& file, const json& images) : file_(file) {
    if (!images.is_array() || images.empty()) refuse_tracks(file, "", "no list 'images'");
    for (std::size_t i = 0; i < images.size(); ++i) take(images[i], i);
    if (take_frames(frame_member, images)) return;
    if (take_frames(number_in_name, images)) {
      remark_ = "frames are the numbers in images[].file_name";
      return;
    }
    remark_ = "frames are images[].id: there is no frame_index, and no number in each file_name";
    for (const std::int64_t id : ids_) frames_[id] = id;
  }

  [[nodiscard]] std::optional<std::int64_t> frame(std::int64_t image_id) const {
    const auto found = frames_.find(image_id);
    return found == frames_.end() ? std::nullopt : std::optional(found->second);
  }

  void describe(FoundTracks& found) const {
    std::set<std::int64_t> frames;
    for (const auto& [id, frame] : frames_) frames.insert(frame);
    found.first_listed = *frames.begin();
    found.last_listed = *frames.rbegin();
    found.lists_all =
        *frames.rbegin() - *frames.begin() + 1 == static_cast<std::int64_t>(frames.size());
    found.size = size_;
    if (!remark_.empty()) found.remarks.push_back(remark_);
  }

 private:
  void take(const json& image, std::size_t place) {
    const std::string name = numbered("images", static_cast<std::int64_t>(place));
    try {
      if (!image.is_object()) throw RecordFault{"no object"};
      ids_.push_back(required_member(image, "id"));
      if (!seen_.insert(ids_.back()).second) {
        throw RecordFault{std::to_string(ids_.back()) + " is the id of an image before"};
      }
      if (const auto video = whole_member(image, "video_id")) videos_.insert(*video);
      if (videos_.size() > 1) throw RecordFault{"a second video_id: tracks of one video are read"};
      take_size(image);
      frame_member(image);
    } catch (const RecordFault& fault) {
      refuse_tracks(file_, name, fault.why);
    }
  }

  void take_size(const json& image) {
    const std::optional<std::int64_t> width = whole_member(image, "width");
    const std::optional<std::int64_t> height = whole_member(image, "height");
    if (!width || !height) return;
    if (*width < 1 || *height < 1) throw RecordFault{"width or height is not positive"};
    const FrameSize size{.width_px = *width, .height_px = *height};
    if (size_ && !(*size_ == size)) throw RecordFault{"another size than the images before"};
    size_ = size;
  }

  // False where an image has no such number, or two have the same.
  template <class FrameOf>
  bool take_frames(const FrameOf& frame_of, const json& images) {
    std::set<std::int64_t> used;
    frames_.clear();
    for (std::size_t i = 0; i < images.size(); ++i) {
      const std::optional<std::int64_t> frame = frame_of(images[i]);
      if (!frame || !used.insert(*frame).second) return false;
      frames_[ids_[i]] = *frame;
    }
    return true;
  }

  const std::filesystem::path& file_;
  std::vector<std::int64_t> ids_;
  std::set<std::int64_t> seen_;
  std::set<std::int64_t> videos_;
  std::unordered_map<std::int64_t, std::int64_t> frames_;
  std::optional<FrameSize> size_;
  std::string remark_;
};

// {3: "car"} of "categories", which may be missing.
std::map<std::int64_t, std::string> category_names(const json& coco) {
  std::map<std::int64_t, std::string> names;
  const json* categories = coco.is_object() ? member(coco, "categories") : nullptr;
  if (categories == nullptr || !categories->is_array()) return names;
  for (const json& category : *categories) {
    if (!category.is_object()) continue;
    const json* id = member(category, "id");
    const json* name = member(category, "name");
    if (id == nullptr || !id->is_number_integer() || name == nullptr || !name->is_string())
      continue;
    names[id->get<std::int64_t>()] = name->get<std::string>();
  }
  return names;
}

// The format has none of its own; CVAT puts it among attributes.
std::optional<std::int64_t> track_id_of(const json& annotation) {
  for (const char* name : {"track_id", "tracking_id", "instance_id"}) {
    if (const auto id = whole_member(annotation, name)) return id_of(static_cast<double>(*id));
  }
  const json* attributes = member(annotation, "attributes");
  if (attributes == nullptr || !attributes->is_object()) return std::nullopt;
  const std::optional<std::int64_t> id = whole_member(*attributes, "track_id");
  return id ? id_of(static_cast<double>(*id)) : std::nullopt;
}

class CocoReader {
 public:
  CocoReader(const std::filesystem::path& file, const json& coco, const ImageFrames* frames,
             FoundTracks& found)
      : file_(file),
        names_(category_names(coco)),
        frames_(frames),
        found_(found),
        label_number_(found.labels) {}

  void take(const json& annotation, std::int64_t place) {
    if (!annotation.is_object()) throw RecordFault{"no object"};
    if (whole_member(annotation, "iscrowd").value_or(0) != 0) {
      ++crowds_;
      return;
    }
    FoundPosition at;
    at.place = place;
    at.frame = frame_of(required_member(annotation, "image_id"));
    const json* box = member(annotation, "bbox");
    if (box == nullptr) throw RecordFault{"no bbox"};
    take_box(*box, at);
    at.id = track_id_of(annotation);
    if (const auto category = whole_member(annotation, "category_id")) {
      const auto name = names_.find(*category);
      at.label = label_number_(name != names_.end() ? name->second : std::to_string(*category));
    }
    add_position(file_, at, found_);
  }

  void finish() {
    if (crowds_ > 0) found_.remarks.push_back(std::to_string(crowds_) + " crowds left out");
  }

 private:
  std::int64_t frame_of(std::int64_t image) const {
    if (frames_ == nullptr) return image;
    const std::optional<std::int64_t> frame = frames_->frame(image);
    if (!frame) throw RecordFault{"no image has the id " + std::to_string(image)};
    return *frame;
  }

  const std::filesystem::path& file_;
  std::map<std::int64_t, std::string> names_;
  const ImageFrames* frames_;
  FoundTracks& found_;
  LabelNumbers label_number_;
  std::int64_t crowds_ = 0;
};

}  // namespace

FoundTracks read_coco_tracks(const std::filesystem::path& file, const json& coco) {
  FoundTracks found{.format = "COCO",
                    .without_id = WithoutId::kDetections,
                    .place_name = coco.is_array() ? result_name : annotation_name};
  std::optional<ImageFrames> frames;
  if (coco.is_object()) {
    frames.emplace(file, coco.contains("images") ? coco["images"] : json());
    frames->describe(found);
  } else {
    found.format = "COCO results";
    found.remarks.emplace_back("frames are image_id");
  }
  const json& annotations = coco.is_array() ? coco : coco["annotations"];
  if (!annotations.is_array()) refuse_tracks(file, "", "'annotations' is no list");
  CocoReader reader(file, coco, frames ? &*frames : nullptr, found);
  for (std::size_t i = 0; i < annotations.size(); ++i) {
    try {
      reader.take(annotations[i], static_cast<std::int64_t>(i));
    } catch (const RecordFault& fault) {
      FoundPosition at;
      at.place = static_cast<std::int64_t>(i);
      refuse_tracks(file, found.place_name(at), fault.why);
    }
  }
  reader.finish();
  return found;
}

}  // namespace rollingdepth
