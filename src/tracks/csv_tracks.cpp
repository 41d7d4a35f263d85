#include <algorithm>
#include <array>

#include "tracks/delimited_text.hpp"
#include "tracks/track_formats.hpp"
#include "tracks/track_record.hpp"

namespace rollingdepth {
namespace {

/// Where the columns of each field are, in the order of names_of().
class TrackColumns {
 public:
  explicit TrackColumns(const std::vector<std::string>& header) {
    for (std::size_t field = 0; field < kTrackFields; ++field) {
      for (const std::string& name : names_of(static_cast<TrackField>(field))) {
        const auto column = std::find(header.begin(), header.end(), name);
        if (column == header.end()) continue;
        columns_[field].push_back(static_cast<std::size_t>(column - header.begin()));
      }
    }
  }
  [[nodiscard]] const std::vector<std::size_t>& of(TrackField field) const {
    return columns_[static_cast<std::size_t>(field)];
  }
  [[nodiscard]] bool has(TrackField field) const { return !of(field).empty(); }

 private:
  std::array<std::vector<std::size_t>, kTrackFields> columns_;
};

class CsvRecord final : public TrackRecord {
 public:
  CsvRecord(const TrackColumns& columns, const std::vector<std::string>& fields)
      : columns_(columns), fields_(fields) {}

  [[nodiscard]] bool has(TrackField field) const override { return !value_of(field).empty(); }
  [[nodiscard]] std::optional<double> number(TrackField field) const override {
    const std::string& value = value_of(field);
    // As Python writes them.
    if (value == "True" || value == "true") return 1;
    if (value == "False" || value == "false") return 0;
    return number_in(value);
  }
  [[nodiscard]] std::string text(TrackField field) const override { return value_of(field); }

 private:
  [[nodiscard]] const std::string& value_of(TrackField field) const {
    static const std::string kNone;
    for (const std::size_t column : columns_.of(field)) {
      if (!fields_[column].empty()) return fields_[column];
    }
    return kNone;
  }

  const TrackColumns& columns_;
  const std::vector<std::string>& fields_;
};

// Names as people write them: frame, x, y.
std::vector<std::string> without_blanks(std::vector<std::string> names) {
  for (std::string& name : names) {
    name.erase(0, name.find_first_not_of(" \t"));
    name.erase(name.find_last_not_of(" \t") + 1);
  }
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void check_columns(const std::filesystem::path& file, const TrackColumns& columns,
                   const std::vector<std::string>& header) {
  const std::string found = "; its columns are " + joined(header);
  const bool has_box = columns.has(TrackField::kLeft) && columns.has(TrackField::kTop) &&
                       columns.has(TrackField::kRight) && columns.has(TrackField::kBottom);
  if (!has_box && !(columns.has(TrackField::kX) && columns.has(TrackField::kY))) {
    refuse_tracks(file, "", "no columns x_min, y_min, x_max and y_max, and no x and y" + found);
  }
  if (!columns.has(TrackField::kFrame)) {
    refuse_tracks(file, "",
                  "no column says the frame: " + joined(names_of(TrackField::kFrame)) +
                      "; supervision's sinks write what is in custom_data" + found);
  }
}

}  // namespace

FoundTracks read_csv_tracks(const std::filesystem::path& file, std::string_view text) {
  DelimitedText rows(text);
  DelimitedRow row;
  rows.next(row);
  const std::vector<std::string> header = without_blanks(row.fields);
  const TrackColumns columns(header);
  check_columns(file, columns, header);

  const bool is_sink = columns.has(TrackField::kLeft);
  FoundTracks found{.format = is_sink ? "supervision CSV" : "CSV", .place_name = line_name};
  if (is_sink) {
    found.frame_base = 0;
    found.without_id = WithoutId::kDetections;
  }
  LabelNumbers label_number(found.labels);
  while (rows.next(row)) {
    FoundPosition at;
    at.place = row.line;
    if (row.fields.size() != header.size()) {
      refuse_tracks(file, line_name(at),
                    std::to_string(row.fields.size()) + " columns, and the first line has " +
                        std::to_string(header.size()));
    }
    try {
      at = position_of(CsvRecord(columns, row.fields), BoxOrigin::kCorner, label_number);
    } catch (const RecordFault& fault) {
      refuse_tracks(file, line_name(at), fault.why);
    }
    at.place = row.line;
    add_position(file, at, found);
  }
  if (rows.open_quote()) {
    refuse_tracks(file, "line " + std::to_string(row.line), "a quote that is not closed");
  }
  return found;
}

}  // namespace rollingdepth
