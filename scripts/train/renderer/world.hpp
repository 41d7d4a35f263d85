// Maps of free games as prepare_worlds.py writes them, and what a ray meets in them.
#pragma once

#include <array>
#include <limits>

#include "assets.hpp"

/// What a ray meets first.
struct WorldHit {
  enum class What { kNothing, kSky, kFront, kBack };
  What what = What::kNothing;
  float distance_m = std::numeric_limits<float>::infinity();
};

/// One map: y up, metres. Kept as it is stored; a scene takes the part of it that it shows.
struct World {
  static constexpr std::int32_t kSky = -2;  ///< A texture: here the sky is seen.

  bool held_out = false;   ///< Only for scenes that the training does not see.
  bool under_sky = false;  ///< Without faces for the sky: it is seen where nothing is.
  std::vector<Vec3> positions, normals;
  std::vector<float> uv;  ///< [V, 2], v down.
  std::vector<std::array<std::uint32_t, 3>> triangles;
  std::vector<std::int32_t> textures;  ///< Of each triangle: index in Assets::textures, -1, kSky.
  std::vector<Vec3> spots;             ///< Where somebody can be, about 0.7 m above the floor.

  /// The corners of the box around all of it.
  std::pair<Vec3, Vec3> bounds() const;

  /// The nearest triangle along a unit direction, up to `reach_m`.
  WorldHit meet(Vec3 from, Vec3 direction, float reach_m) const;

  /// The triangles within `radius_m` of `center`, of the sky or of all else.
  Mesh near(Vec3 center, float radius_m, bool sky) const;
};

/// Reads worlds.bin; its textures begin at `first_texture`. @throws std::runtime_error
std::vector<World> read_worlds(const std::string& path, int first_texture);
