// What a ray meets: the scene's instances as they stand in one view, and their surfaces.
#pragma once

#include "scene.hpp"

/// Instances where they stand in one view, and their triangles in world space.
struct Posed {
  std::vector<Instance> instances;
  std::vector<WorldTriangle> triangles;
};

Posed pose(const Scene& scene, int view);

inline bool is_sky(const Posed& posed, const WorldTriangle& triangle) {
  return posed.instances[triangle.instance].material.sky;
}

struct Surface {
  Vec3 position;
  Vec3 normal;  ///< Unit length, towards the camera.
  Vec3 color;   ///< Linear reflectance.
  float shine, glow;
};

inline Vec3 squared(Vec3 color) { return color * color; }  ///< From a picture's values to linear.

/// The surface of triangle `index` at `point`, which lies `depth` metres along the view.
Surface surface_at(const Assets& assets, const Posed& posed, const Camera& camera,
                   std::uint32_t index, Vec3 point, float depth);
