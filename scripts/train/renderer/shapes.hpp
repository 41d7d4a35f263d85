// Meshes made from numbers: what the furniture libraries lack. In metres; all but sheets and tubes
// stand on y = 0.
#pragma once

#include <span>

#include "assets.hpp"

Mesh box(Vec3 size);

/// The surface that (radius, height) pairs sweep around the y axis; `segments` >= 3.
Mesh lathe(std::span<const std::pair<float, float>> profile, int segments);

/// A rounded body between ellipsoid (roundness 1) and box (towards 0).
Mesh superellipsoid(Vec3 size, float roundness);

/// A sheet in the x-z plane around y = 0 whose height is smooth noise: cloth, hills, crumpled
/// paper. It is level within `level_radius` of its middle and rises over as much again.
Mesh sheet(Vec3 size, int cells, float roughness, std::uint64_t seed, float level_radius = 0);

/// A tube along `points` with a radius that tapers: cables, branches, limbs.
Mesh tube(std::span<const Vec3> points, float radius_start, float radius_end, int sides);

/// A trunk with branches, each ending in a ball of small leaves.
Mesh tree(Random& random, float height);

/// An animal- or toy-like body: ellipsoids for trunk, head, limbs and ears.
Mesh creature(Random& random, float size);

/// Shelves with sides and mostly a back, filled with books and gaps; its front faces -z.
Mesh bookcase(Random& random, Vec3 size);

/// A fence, railing, shelf-like lattice or ladder: bars across and along.
Mesh lattice(Random& random, Vec3 size);

/// The mesh on y = 0, centred in x and z, with its size.
Mesh with_bounds(Mesh mesh);

/// Appends `part`, moved and turned, to `mesh`, in one colour.
void append(Mesh& mesh, const Mesh& part, const Mat3& rotation, Vec3 offset, Vec3 color);
