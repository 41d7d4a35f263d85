#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tracks/found_tracks.hpp"

namespace rollingdepth {

/// What a row or object may say of a position.
enum class TrackField {
  kFrame,
  kId,
  kX,
  kY,
  kWidth,
  kHeight,
  kLeft,
  kTop,
  kRight,
  kBottom,
  kVisible,
  kLabel,
};
inline constexpr std::size_t kTrackFields = 12;

/// The names under which it is looked for; the first that is there and not empty counts.
const std::vector<std::string>& names_of(TrackField field);

/// A row of a table or an object of JSON, behind the names of its fields.
class TrackRecord {
 public:
  virtual ~TrackRecord() = default;
  /// Whether it is there and not empty.
  [[nodiscard]] virtual bool has(TrackField field) const = 0;
  /// Unset where it is no number; true and false are 1 and 0. REQUIRES: has(field).
  [[nodiscard]] virtual std::optional<double> number(TrackField field) const = 0;
  /// REQUIRES: has(field).
  [[nodiscard]] virtual std::string text(TrackField field) const = 0;
};

/// What x and y mean where there is a width.
enum class BoxOrigin { kCorner, kCentre };

/// Why a record is no position. Not an Error: who catches it knows the file and the place.
struct RecordFault {
  std::string why;
};

/// The position that a record gives, without place.
/// @throws RecordFault.
FoundPosition position_of(const TrackRecord& record, BoxOrigin origin, LabelNumbers& label_number);

/// @throws RecordFault for a width or height that is not positive.
void require_box(const FoundPosition& box);

/// An id as formats write it: negative ones mean that there is none. @throws RecordFault for 3.5.
std::optional<std::int64_t> id_of(double number);

}  // namespace rollingdepth
