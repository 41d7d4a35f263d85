// Light on surfaces: a key light with soft shadows, a fill light, ambient light, sky.
#pragma once

#include "surface.hpp"

struct ShadowMap {
  Camera camera;
  Visibility visibility;
};

/// What stands still in the scene, seen from its key light towards the target: the same for all
/// views.
ShadowMap still_shadows(const Scene& scene, const Posed& posed);

/// `shadows` with those of what moves, as it stands in one view.
ShadowMap with_moving(ShadowMap shadows, const Posed& posed);

/// The linear colour of a surface, seen from `eye`; `occlusion` is 1 in the open.
Vec3 shade(const Scene& scene, const ShadowMap& shadows, const Surface& surface, Vec3 eye,
           float occlusion, std::uint32_t pixel);

/// The colour of the sky in a unit direction, as a picture's values.
Vec3 sky_color(const Sky& sky, Vec3 direction);

/// The nearest surface sample of a pixel; inverse depth 0: sky.
struct Nearest {
  Vec3 position, normal;
  float inverse_depth = 0;
};

/// Screen-space ambient occlusion [height, width], 1 where open, smoothed over 4 x 4 pixels.
std::vector<float> ambient_occlusion(const std::vector<Nearest>& pixels, int width, int height);
