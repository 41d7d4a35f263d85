#include "tracks/json_record.hpp"

#include <array>

namespace rollingdepth {
namespace {

constexpr std::size_t kBoxNumbers = 4;

void check_box(const nlohmann::json& box) {
  if (!box.is_array() || box.size() != kBoxNumbers) {
    throw RecordFault{"bbox is no list of four numbers"};
  }
  for (const nlohmann::json& value : box) {
    if (!value.is_number()) throw RecordFault{"bbox is no list of four numbers"};
  }
}

}  // namespace

const nlohmann::json* member(const nlohmann::json& object, const std::string& name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return nullptr;
  if (found->is_string() && found->get_ref<const std::string&>().empty()) return nullptr;
  return &*found;
}

std::optional<double> json_number(const nlohmann::json& value) {
  if (value.is_number()) return value.get<double>();
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (value.is_string()) return number_in(value.get_ref<const std::string&>());
  return std::nullopt;
}

void take_box(const nlohmann::json& box, FoundPosition& at) {
  check_box(box);
  at.x = box[0].get<double>();
  at.y = box[1].get<double>();
  at.width = box[2].get<double>();
  at.height = box[3].get<double>();
  at.is_box = true;
  require_box(at);
}

JsonRecord::JsonRecord(const nlohmann::json& object) : object_(object) {
  if (!object.is_object()) throw RecordFault{"no object with frame, x and y"};
  box_ = member(object, "bbox");
  if (box_ != nullptr) check_box(*box_);
}

std::optional<double> JsonRecord::number(TrackField field) const {
  return json_number(*value_of(field));
}

std::string JsonRecord::text(TrackField field) const {
  constexpr std::size_t kMostShown = 60;
  const nlohmann::json& value = *value_of(field);
  if (value.is_string()) return value.get<std::string>();
  return value.dump().substr(0, kMostShown);
}

const nlohmann::json* JsonRecord::value_of(TrackField field) const {
  if (box_ != nullptr && field >= TrackField::kX && field <= TrackField::kHeight) {
    return &(*box_)[static_cast<std::size_t>(field) - static_cast<std::size_t>(TrackField::kX)];
  }
  for (const std::string& name : names_of(field)) {
    if (const nlohmann::json* value = member(object_, name)) return value;
  }
  return nullptr;
}

}  // namespace rollingdepth
