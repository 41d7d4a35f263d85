#include <algorithm>
#include <array>
#include <vector>

#include "tracks/track_formats.hpp"
#include "tracks/track_record.hpp"

namespace rollingdepth {
namespace {

constexpr std::size_t kFewestColumns = 6;
constexpr std::size_t kMostColumns = 10;
// Of ground truth: a flag where results have a score, then class and visibility.
constexpr std::size_t kTruthColumns = 9;
enum Column { kFrame, kId, kLeft, kTop, kWidth, kHeight, kFlag, kClass, kVisibility };

struct MotLine {
  std::array<double, kMostColumns> values{};
  std::size_t count = 0;
};

// Between commas, or between blanks where a line has no comma.
std::vector<std::string_view> split(std::string_view line) {
  const bool has_commas = line.find(',') != std::string_view::npos;
  std::vector<std::string_view> fields;
  std::size_t start = 0;
  while (start <= line.size()) {
    const std::size_t end =
        std::min(line.find_first_of(has_commas ? "," : " \t", start), line.size());
    const std::string_view field = line.substr(start, end - start);
    if (has_commas || !field.empty()) fields.push_back(field);
    start = end + 1;
  }
  return fields;
}

MotLine numbers_of(std::string_view line) {
  const std::vector<std::string_view> fields = split(line);
  if (fields.size() < kFewestColumns || fields.size() > kMostColumns) {
    throw RecordFault{std::to_string(fields.size()) + " columns, where MOTChallenge has " +
                      std::to_string(kFewestColumns) + " to " + std::to_string(kMostColumns)};
  }
  MotLine numbers;
  for (const std::string_view field : fields) {
    const std::optional<double> number = number_in(field);
    if (!number) throw RecordFault{"'" + std::string(field) + "' is no number"};
    numbers.values[numbers.count++] = *number;
  }
  return numbers;
}

FoundPosition position_in(const MotLine& line) {
  const std::optional<std::int64_t> frame = whole_number(line.values[kFrame]);
  if (!frame) throw RecordFault{"the frame is no whole number"};
  FoundPosition at{.id = id_of(line.values[kId]),
                   .frame = *frame,
                   .x = line.values[kLeft],
                   .y = line.values[kTop],
                   .width = line.values[kWidth],
                   .height = line.values[kHeight],
                   .is_box = true};
  require_box(at);
  return at;
}

class MotReader {
 public:
  MotReader(const std::filesystem::path& file, FoundTracks& found)
      : file_(file), found_(found), label_number_(found.labels) {}

  void take(std::string_view line, std::int64_t number) {
    const MotLine values = numbers_of(line);
    if (columns_ == 0) columns_ = values.count;
    if (values.count != columns_) {
      throw RecordFault{std::to_string(values.count) + " columns, and the first line has " +
                        std::to_string(columns_)};
    }
    FoundPosition at = position_in(values);
    at.place = number;
    if (columns_ == kTruthColumns && values.values[kClass] >= 0) {
      if (values.values[kFlag] == 0) {
        ++ignored_;
        return;
      }
      if (const std::optional<std::int64_t> type = whole_number(values.values[kClass])) {
        at.label = label_number_(std::to_string(*type));
      }
      at.visible = values.values[kVisibility] != 0;
    }
    add_position(file_, at, found_);
  }

  void finish() {
    if (ignored_ == 0) return;
    found_.remarks.push_back(std::to_string(ignored_) +
                             " boxes that the ground truth marks as ignored left out");
  }

 private:
  const std::filesystem::path& file_;
  FoundTracks& found_;
  LabelNumbers label_number_;
  std::size_t columns_ = 0;
  std::int64_t ignored_ = 0;
};

std::string_view next_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

}  // namespace

bool is_mot_text(std::string_view text) {
  std::string_view line;
  while (is_blank(line) && !text.empty()) line = next_line(text);
  const std::vector<std::string_view> fields = split(line);
  return !fields.empty() && number_in(fields.front()).has_value();
}

FoundTracks read_mot_tracks(const std::filesystem::path& file, std::string_view text) {
  FoundTracks found{.format = "MOTChallenge",
                    .frame_base = 1,
                    .pixel_shift = -1,
                    .without_id = WithoutId::kDetections,
                    .place_name = line_name};
  MotReader reader(file, found);
  for (std::int64_t number = 1; !text.empty(); ++number) {
    const std::string_view line = next_line(text);
    if (is_blank(line)) continue;
    try {
      reader.take(line, number);
    } catch (const RecordFault& fault) {
      refuse_tracks(file, "line " + std::to_string(number), fault.why);
    }
  }
  reader.finish();
  return found;
}

}  // namespace rollingdepth
