#include "tracks/found_tracks.hpp"

#include <cmath>

#include "base/leading_number.hpp"
#include "base/printable.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {

std::string line_name(const FoundPosition& position) {
  return "line " + std::to_string(position.place);
}

void refuse_tracks(const std::filesystem::path& file, const std::string& place,
                   const std::string& why) {
  std::string message = "cannot read the tracks of " + file.string() + ": ";
  if (!place.empty()) message.append(place).append(": ");
  // What stands in the file may hold anything.
  throw Error(ErrorKind::kInput, message.append(printable(why)));
}

void add_position(const std::filesystem::path& file, const FoundPosition& at, FoundTracks& found) {
  if (static_cast<std::int64_t>(found.positions.size()) >= kMaxPositions) {
    refuse_tracks(file, found.place_name(at),
                  "more than " + std::to_string(kMaxPositions) + " positions");
  }
  found.positions.push_back(at);
}

std::int32_t LabelNumbers::operator()(const std::string& label) {
  if (label.empty()) return -1;
  const auto [entry, is_new] = numbers_.emplace(label, static_cast<std::int32_t>(labels_.size()));
  if (is_new) labels_.push_back(label);
  return entry->second;
}

std::optional<std::int64_t> whole_number(double value) {
  constexpr double kExact = 9007199254740992.0;
  if (!(std::abs(value) <= kExact) || value != std::floor(value)) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

std::optional<double> number_in(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return std::nullopt;
  text = text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
  const std::optional<LeadingNumber> number = leading_number(text, true);
  if (!number || number->length != text.size()) return std::nullopt;
  return number->value;
}

}  // namespace rollingdepth
