#pragma once

#include <vector>

#include "tracks/depth_tracks.hpp"
#include "write/npz_writer.hpp"

namespace rollingdepth {

/// Writes tracks as plain arrays, N tracks of T frames of the clip, NaN or false where a track has
/// no point or a point no depth:
/// `ids` [N] int64; `x`, `y`, `depth`, `depth_smooth`, `spread` [N, T] float64; `edge`, `valid`,
/// `visible`, `outlier` [N, T] bool; `positions` [N, T, 3] float64; `intrinsics` [4] float64, fx,
/// fy, cx, cy; `metric` [1] bool: whether depths and positions are metres.
/// The file gets its name in NpzWriter::finish(). @throws Error(kOutput).
void write_track_arrays(const DepthTracks& tracks, const Camera& camera, NpzWriter& npz);

/// Writes tracks as TAPVid-3D has them: `tracks_XYZ` [T, N, 3] float32, NaN where there is none;
/// `visibility` [T, N] bool: valid points; `fx_fy_cx_cy` [4] float32; `queries_xyt` [N, 3] float32:
/// x, y and frame of the first valid point, of a track without one of its first, NaN without any.
/// Also `tracks_xyz` and `intrinsics`, the same once more. @throws Error(kOutput).
/// Source: Koppula et al. 2024.
void write_tapvid3d(const DepthTracks& tracks, const Camera& camera, NpzWriter& npz);

}  // namespace rollingdepth
