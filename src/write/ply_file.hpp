#pragma once

#include <string>
#include <vector>

#include "write/point_cloud.hpp"

namespace rollingdepth {

/// The bytes of a PLY file, binary_little_endian 1.0: a vertex per point with `float x y z` and
/// `uchar red green blue`, 15 bytes each, as Open3D, trimesh, MeshLab, CloudCompare and COLMAP read
/// them.
/// @param comments a line each, printable, for the header.
std::string ply_bytes(const std::vector<ColoredPoint>& points,
                      const std::vector<std::string>& comments);

/// Of a point.
inline constexpr int kPlyPointBytes = 15;

}  // namespace rollingdepth
