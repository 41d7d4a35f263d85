#include "tracks/track_record.hpp"

#include <array>

#include "base/formatted.hpp"

namespace rollingdepth {
namespace {

double number_of(const TrackRecord& record, TrackField field) {
  const std::string& name = names_of(field).front();
  if (!record.has(field)) throw RecordFault{"no " + name};
  const std::optional<double> number = record.number(field);
  if (!number) throw RecordFault{"'" + record.text(field) + "' is no number for " + name};
  return *number;
}

std::int64_t frame_of(const TrackRecord& record) {
  const std::optional<std::int64_t> frame = whole_number(number_of(record, TrackField::kFrame));
  if (!frame) {
    throw RecordFault{"frame '" + record.text(TrackField::kFrame) + "' is no whole number"};
  }
  return *frame;
}

void take_corners(const TrackRecord& record, FoundPosition& box) {
  box.x = number_of(record, TrackField::kLeft);
  box.y = number_of(record, TrackField::kTop);
  box.width = number_of(record, TrackField::kRight) - box.x;
  box.height = number_of(record, TrackField::kBottom) - box.y;
  box.is_box = true;
}

void take_point_or_box(const TrackRecord& record, BoxOrigin origin, FoundPosition& at) {
  at.x = number_of(record, TrackField::kX);
  at.y = number_of(record, TrackField::kY);
  if (!record.has(TrackField::kWidth) && !record.has(TrackField::kHeight)) return;
  at.width = number_of(record, TrackField::kWidth);
  at.height = number_of(record, TrackField::kHeight);
  at.is_box = at.width != 0 || at.height != 0;
  if (at.is_box && origin == BoxOrigin::kCentre) {
    at.x -= at.width / 2;
    at.y -= at.height / 2;
  }
}

}  // namespace

const std::vector<std::string>& names_of(TrackField field) {
  static const std::array<std::vector<std::string>, kTrackFields> kNames{{
      {"frame", "frame_index", "frame_id", "frame_number", "frame_idx"},
      {"id", "track_id", "tracker_id", "object_id"},
      {"x"},
      {"y"},
      {"w", "width", "width_px"},
      {"h", "height", "height_px"},
      {"x_min"},
      {"y_min"},
      {"x_max"},
      {"y_max"},
      {"visible", "visibility"},
      {"label", "class_name", "name", "class", "class_id"},
  }};
  return kNames[static_cast<std::size_t>(field)];
}

FoundPosition position_of(const TrackRecord& record, BoxOrigin origin, LabelNumbers& label_number) {
  FoundPosition at;
  at.frame = frame_of(record);
  if (record.has(TrackField::kId)) at.id = id_of(number_of(record, TrackField::kId));
  if (record.has(TrackField::kLeft)) {
    take_corners(record, at);
  } else {
    take_point_or_box(record, origin, at);
  }
  if (at.is_box) require_box(at);
  if (record.has(TrackField::kVisible)) at.visible = number_of(record, TrackField::kVisible) > 0.5;
  if (record.has(TrackField::kLabel)) at.label = label_number(record.text(TrackField::kLabel));
  return at;
}

void require_box(const FoundPosition& box) {
  if (!(box.width > 0 && box.height > 0)) {
    throw RecordFault{formatted("a box of %g x %g", box.width, box.height)};
  }
}

std::optional<std::int64_t> id_of(double number) {
  const std::optional<std::int64_t> id = whole_number(number);
  if (!id) throw RecordFault{formatted("id %g is no whole number", number)};
  return *id < 0 ? std::nullopt : id;
}

}  // namespace rollingdepth
