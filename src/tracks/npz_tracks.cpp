#include <ATen/core/Tensor.h>

#include <algorithm>
#include <array>

#include "media/npz_array.hpp"
#include "tracks/track_formats.hpp"

namespace rollingdepth {
namespace {

// Values are read this many at a time, so that memory grows with what is there, not with what a
// header claims.
constexpr std::int64_t kBlockValues = 1 << 18;

/// How a tracker's arrays are called, and what they mean.
struct NpzFormat {
  const char* visibility;  ///< Name of the array of visibility.
  const char* name;
  bool hidden;      ///< It tells of hidden points, not of visible ones.
  bool by_point;    ///< [N, T], else [T, N].
  bool normalized;  ///< 0 to 1.
  double shift_px;  ///< As in FoundTracks.
};
constexpr std::array<NpzFormat, 5> kFormats{{
    {"occluded", "TAP-Vid", true, true, true, 0},
    {"visibles", "TAPIR", false, true, false, 0},
    {"visibility", "CoTracker", false, false, false, 0.5},
    {"pred_visibility", "CoTracker", false, false, false, 0.5},
    {"visible", "CoTracker", false, false, false, 0.5},
}};
constexpr std::array<const char*, 3> kPositionArrays{"tracks", "pred_tracks", "points"};

bool holds(const NpzFile& file, const std::string& array) {
  const std::vector<std::string>& entries = file.entries();
  return std::find(entries.begin(), entries.end(), array + ".npy") != entries.end();
}

std::string position_array(const std::filesystem::path& path, const NpzFile& file) {
  for (const char* array : kPositionArrays) {
    if (holds(file, array)) return array;
  }
  std::string names;
  for (const std::string& entry : file.entries()) {
    names.append(names.empty() ? "" : ", ").append(entry);
  }
  refuse_tracks(path, "",
                "the archive holds none of tracks.npy, pred_tracks.npy and points.npy, but " +
                    (names.empty() ? "nothing" : names) + ": unpack it, if tracks are among that");
}

// Without one: TAP-Vid's name for positions, else CoTracker's.
NpzFormat format_of(const NpzFile& file, const std::string& positions) {
  for (const NpzFormat& format : kFormats) {
    if (holds(file, format.visibility)) return format;
  }
  NpzFormat format = positions == "points" ? kFormats[0] : kFormats[2];
  format.visibility = nullptr;
  return format;
}

std::string shape_name(const std::vector<std::int64_t>& shape) {
  std::string text = "[";
  for (const std::int64_t length : shape) {
    text.append(text.size() > 1 ? "," : "").append(std::to_string(length));
  }
  return text.append("]");
}

// With or without a batch of one around it, and a 1 that ends it.
bool fits(const std::vector<std::int64_t>& shape, std::int64_t rows, std::int64_t columns) {
  using Shape = std::vector<std::int64_t>;
  return shape == Shape{rows, columns} || shape == Shape{1, rows, columns} ||
         shape == Shape{rows, columns, 1} || shape == Shape{1, rows, columns, 1};
}

/// Reads all values of an array. @throws Error(kInput).
std::vector<double> values_of(const NpzFile& file, const std::string& array, std::int64_t count) {
  NpzArray reader(file, array);
  std::vector<double> values;
  while (static_cast<std::int64_t>(values.size()) < count) {
    const std::int64_t more =
        std::min(kBlockValues, count - static_cast<std::int64_t>(values.size()));
    const at::Tensor block = reader.values({more}).to(at::kDouble);
    values.insert(values.end(), block.const_data_ptr<double>(),
                  block.const_data_ptr<double>() + more);
  }
  reader.finish();
  return values;
}

std::string npz_place(const FoundPosition& at) {
  return "point " + std::to_string(at.place) + " in frame " + std::to_string(at.frame);
}

class NpzTracks {
 public:
  NpzTracks(const std::filesystem::path& path, const TrackReading& reading)
      : path_(path),
        file_(path),
        positions_(position_array(path, file_)),
        format_(format_of(file_, positions_)) {
    read_shape();
    orient(reading.frames);
  }

  FoundTracks read() {
    FoundTracks found{.format = format_.name,
                      .frame_base = 0,
                      .coordinates = format_.normalized ? TrackCoordinates::kNormalized
                                                        : TrackCoordinates::kPixels,
                      .pixel_shift = format_.shift_px,
                      .may_leave = true,
                      .place_name = npz_place,
                      .remarks = remarks_};
    const std::int64_t count = rows_ * columns_;
    if (count == 0) return found;
    std::vector<double> seen;
    if (format_.visibility != nullptr) seen = visibility();
    const std::vector<double> values = values_of(file_, positions_, 2 * count);
    found.positions.reserve(static_cast<std::size_t>(count));
    for (std::int64_t row = 0; row < rows_; ++row) {
      for (std::int64_t column = 0; column < columns_; ++column) {
        const auto i = static_cast<std::size_t>(row * columns_ + column);
        FoundPosition at{.frame = by_point_ ? column : row,
                         .x = values[2 * i],
                         .y = values[2 * i + 1],
                         .place = by_point_ ? row : column};
        at.id = at.place;
        if (!seen.empty()) at.visible = (seen[i] > 0.5) != format_.hidden;
        found.positions.push_back(at);
      }
    }
    return found;
  }

 private:
  void read_shape() {
    const std::vector<std::int64_t> whole = NpzArray(file_, positions_).header().shape;
    std::vector<std::int64_t> shape = whole;
    if (shape.size() == 4 && shape.front() == 1) shape.erase(shape.begin());
    if (shape.size() != 3 || shape[2] != 2) {
      file_.fail(positions_, "its shape is " + shape_name(whole) + ", not [T,N,2] or [N,T,2]");
    }
    rows_ = shape[0];
    columns_ = shape[1];
    // Nothing is multiplied before it is known to be small.
    if (rows_ > 0 && columns_ > kMaxPositions / rows_) {
      file_.fail(positions_, "its shape is " + shape_name(whole) + ": more than " +
                                 std::to_string(kMaxPositions) + " positions");
    }
  }

  // As the format has it, unless only the other way round fits the clip.
  void orient(std::int64_t frames) {
    by_point_ = format_.by_point;
    const std::int64_t other = by_point_ ? rows_ : columns_;
    if (tracked_frames() != frames && other == frames) {
      by_point_ = !by_point_;
      remarks_.push_back("the array is taken as " + std::string(by_point_ ? "[N,T,2]" : "[T,N,2]") +
                         ", other than " + format_.name + "'s, because the clip has " +
                         std::to_string(frames) + " frames");
    }
    if (rows_ * columns_ != 0 && tracked_frames() > frames) {
      refuse_tracks(path_, "",
                    "points are tracked in " + std::to_string(tracked_frames()) +
                        " frames, and the clip has " + std::to_string(frames));
    }
    if (format_.visibility == nullptr) {
      remarks_.emplace_back("no array of visibility: all points are taken as visible");
    }
  }

  [[nodiscard]] std::int64_t tracked_frames() const { return by_point_ ? columns_ : rows_; }

  std::vector<double> visibility() const {
    const std::string array = format_.visibility;
    const std::vector<std::int64_t> whole = NpzArray(file_, array).header().shape;
    if (!fits(whole, rows_, columns_)) {
      file_.fail(array, "its shape is " + shape_name(whole) + ", not " +
                            shape_name({rows_, columns_}) + " as that of " + positions_);
    }
    return values_of(file_, array, rows_ * columns_);
  }

  const std::filesystem::path& path_;
  NpzFile file_;
  std::string positions_;
  NpzFormat format_;
  std::int64_t rows_ = 0;
  std::int64_t columns_ = 0;
  bool by_point_ = false;
  std::vector<std::string> remarks_;
};

}  // namespace

FoundTracks read_npz_tracks(const std::filesystem::path& file, const TrackReading& reading) {
  return NpzTracks(file, reading).read();
}

}  // namespace rollingdepth
