#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "tracks/track_record.hpp"

namespace rollingdepth {

/// An object of JSON as a record; "bbox": [left, top, width, height] stands for x, y, w and h.
class JsonRecord final : public TrackRecord {
 public:
  /// @param object outlives this. @throws RecordFault where it is none, or its bbox is not of four
  /// numbers.
  explicit JsonRecord(const nlohmann::json& object);

  [[nodiscard]] bool has(TrackField field) const override { return value_of(field) != nullptr; }
  [[nodiscard]] std::optional<double> number(TrackField field) const override;
  [[nodiscard]] std::string text(TrackField field) const override;

 private:
  [[nodiscard]] const nlohmann::json* value_of(TrackField field) const;

  const nlohmann::json& object_;
  const nlohmann::json* box_ = nullptr;
};

/// The member, or null where it is not there, JSON's null or an empty text.
const nlohmann::json* member(const nlohmann::json& object, const std::string& name);

/// A number, also one in quotes; true and false are 1 and 0. Unset for anything else.
std::optional<double> json_number(const nlohmann::json& value);

/// The members of an object's bbox. @throws RecordFault.
void take_box(const nlohmann::json& box, FoundPosition& at);

}  // namespace rollingdepth
