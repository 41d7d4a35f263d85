#include "app/jobs/units_text.hpp"

#include <algorithm>

namespace rollingdepth {
namespace {

constexpr std::size_t kShownRanges = 5;
constexpr std::size_t kShownParts = 10;

std::string range_text(UnitRange range) {
  if (range.last - range.first == 1) return std::to_string(range.first);
  return std::to_string(range.first) + " to " + std::to_string(range.last - 1);
}

std::string missing_text(const UnitsDone& units) {
  std::string text = std::to_string(units.records.units - units.done) + " of " +
                     std::to_string(units.records.units) + " " + units.records.unit +
                     " are missing in " + units.records.store + ": ";
  const std::size_t shown = std::min(units.missing.size(), kShownRanges);
  for (std::size_t i = 0; i < shown; ++i) {
    text += (i == 0 ? "" : ", ") + range_text(units.missing[i]);
  }
  if (units.missing.size() > shown) text += ", ...";
  return text;
}

}  // namespace

std::vector<std::string> missing_texts(const std::vector<UnitsDone>& units) {
  std::vector<std::string> lines;
  std::size_t left = 0;
  for (const UnitsDone& part : units) {
    if (part.missing.empty()) continue;
    if (lines.size() < kShownParts) {
      lines.push_back(missing_text(part));
    } else {
      ++left;
    }
  }
  if (left > 0) lines.push_back("and units of " + std::to_string(left) + " more stores");
  return lines;
}

}  // namespace rollingdepth
