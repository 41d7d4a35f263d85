#include "tracks/track_npz.hpp"

#include <c10/core/ScalarType.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <numeric>
#include <string>
#include <type_traits>

#include "media/npy_header.hpp"

namespace rollingdepth {
namespace {

template <class Value>
constexpr c10::ScalarType kType = std::is_same_v<Value, double>         ? c10::ScalarType::Double
                                  : std::is_same_v<Value, float>        ? c10::ScalarType::Float
                                  : std::is_same_v<Value, std::uint8_t> ? c10::ScalarType::Bool
                                                                        : c10::ScalarType::Long;

/// An array that is written row by row: only one is in memory.
/// @param fill sets the values of a row, which are `empty` before.
template <class Value>
void write_rows(NpzWriter& npz, const std::string& name, const std::vector<std::int64_t>& shape,
                Value empty, const std::function<void(std::size_t row, Value* values)>& fill) {
  const std::string header = npy_header(kType<Value>, shape);
  const std::int64_t row_values =
      std::accumulate(shape.begin() + 1, shape.end(), std::int64_t{1}, std::multiplies<>());
  const auto rows = static_cast<std::size_t>(shape.front());
  npz.begin(name + ".npy",
            header.size() + rows * static_cast<std::size_t>(row_values) * sizeof(Value));
  npz.write(header.data(), header.size());
  std::vector<Value> values(static_cast<std::size_t>(row_values));
  for (std::size_t row = 0; row < rows; ++row) {
    std::fill(values.begin(), values.end(), empty);
    fill(row, values.data());
    npz.write(values.data(), values.size() * sizeof(Value));
  }
}

/// [N, T] of one number of each point.
template <class Value, class Get>
void write_points(NpzWriter& npz, const std::string& name, const DepthTracks& tracks, Value empty,
                  Get get) {
  write_rows<Value>(npz, name, {static_cast<std::int64_t>(tracks.tracks.size()), tracks.frames},
                    empty, [&](std::size_t row, Value* values) {
                      for (const DepthPoint& point : tracks.tracks[row].points) {
                        values[point.place.frame] = static_cast<Value>(get(point));
                      }
                    });
}

template <class Value>
void write_intrinsics(NpzWriter& npz, const std::string& name, const Camera& camera) {
  const double numbers[] = {camera.fx_px, camera.fy_px, camera.cx_px, camera.cy_px};
  write_rows<Value>(npz, name, {4}, Value{}, [&](std::size_t row, Value* value) {
    *value = static_cast<Value>(numbers[row]);
  });
}

}  // namespace

void write_track_arrays(const DepthTracks& tracks, const Camera& camera, NpzWriter& npz) {
  const auto count = static_cast<std::int64_t>(tracks.tracks.size());
  write_rows<std::int64_t>(npz, "ids", {count}, 0, [&](std::size_t row, std::int64_t* value) {
    *value = tracks.tracks[row].id;
  });
  const auto numbers = [&](const std::string& name, auto get) {
    write_points<double>(npz, name, tracks, kNoDepth, get);
  };
  const auto flags = [&](const std::string& name, auto get) {
    write_points<std::uint8_t>(npz, name, tracks, 0, get);
  };
  numbers("x", [](const DepthPoint& point) { return point.place.x_px; });
  numbers("y", [](const DepthPoint& point) { return point.place.y_px; });
  numbers("depth", [](const DepthPoint& point) { return point.sample.depth; });
  numbers("depth_smooth", [](const DepthPoint& point) { return point.depth_smooth; });
  numbers("spread", [](const DepthPoint& point) { return point.sample.spread; });
  flags("edge", [](const DepthPoint& point) { return point.sample.edge; });
  flags("valid", [](const DepthPoint& point) { return point.sample.valid; });
  flags("visible", [](const DepthPoint& point) { return point.place.visible; });
  flags("outlier", [](const DepthPoint& point) { return point.outlier; });
  write_rows<double>(
      npz, "positions", {count, tracks.frames, 3}, kNoDepth, [&](std::size_t row, double* values) {
        for (const DepthPoint& point : tracks.tracks[row].points) {
          std::copy(point.position.begin(), point.position.end(), values + 3 * point.place.frame);
        }
      });
  write_intrinsics<double>(npz, "intrinsics", camera);
  write_rows<std::uint8_t>(npz, "metric", {1}, 0,
                           [&](std::size_t, std::uint8_t* value) { *value = tracks.metric; });
}

void write_tapvid3d(const DepthTracks& tracks, const Camera& camera, NpzWriter& npz) {
  const auto count = static_cast<std::int64_t>(tracks.tracks.size());
  constexpr float kNone = std::numeric_limits<float>::quiet_NaN();
  /// Calls `take` for the points of one frame after the other, front to back.
  const auto by_frame = [&](auto take) {
    return [&tracks, take, next = std::vector<std::size_t>(tracks.tracks.size())](
               std::size_t frame, auto* values) mutable {
      for (std::size_t i = 0; i < next.size(); ++i) {
        const std::vector<DepthPoint>& points = tracks.tracks[i].points;
        if (next[i] == points.size()) continue;
        const DepthPoint& point = points[next[i]];
        if (point.place.frame != static_cast<std::int64_t>(frame)) continue;
        take(point, i, values);
        ++next[i];
      }
    };
  };
  // The benchmark's data and evaluation have the first names, its description the second.
  for (const char* name : {"tracks_XYZ", "tracks_xyz"}) {
    write_rows<float>(npz, name, {tracks.frames, count, 3}, kNone,
                      by_frame([](const DepthPoint& point, std::size_t i, float* values) {
                        for (std::size_t axis = 0; axis < 3; ++axis) {
                          values[3 * i + axis] = static_cast<float>(point.position[axis]);
                        }
                      }));
  }
  write_rows<std::uint8_t>(npz, "visibility", {tracks.frames, count}, 0,
                           by_frame([](const DepthPoint& point, std::size_t i,
                                       std::uint8_t* values) { values[i] = point.sample.valid; }));
  for (const char* name : {"fx_fy_cx_cy", "intrinsics"}) {
    write_intrinsics<float>(npz, name, camera);
  }
  write_rows<float>(npz, "queries_xyt", {count, 3}, kNone, [&](std::size_t row, float* values) {
    const std::vector<DepthPoint>& points = tracks.tracks[row].points;
    auto first = std::find_if(points.begin(), points.end(),
                              [](const DepthPoint& point) { return point.sample.valid; });
    if (first == points.end()) first = points.begin();  // The evaluation takes no NaN.
    if (first == points.end()) return;
    values[0] = static_cast<float>(first->place.x_px);
    values[1] = static_cast<float>(first->place.y_px);
    values[2] = static_cast<float>(first->place.frame);
  });
}

}  // namespace rollingdepth
