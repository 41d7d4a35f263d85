// A scene: surfaces in the world, light, sky and the path of the camera.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "assets.hpp"
#include "raster.hpp"

/// How a surface looks. A texture given here is laid on from three sides and replaces the mesh's.
struct Material {
  std::optional<int> texture;
  float repeats_per_metre = 1;
  Vec3 tint{1, 1, 1};
  float texture_share = 1;  ///< 0: only the tint of the plain colour.
  float shine = 0;          ///< Strength of the highlight.
  float glow = 0;           ///< Light of its own (windows, lamps).
  bool sky = false;         ///< A hole in the world: hides what is behind and shows the sky.
};

/// A mesh placed in the world: world = position + rotation * (scale * local).
struct Instance {
  const Mesh* mesh;
  Mat3 rotation;
  Vec3 position;
  Vec3 scale{1, 1, 1};
  Material material;
  bool movable = false;  ///< A thing that stands somewhere, not a wall or a table top.
  Vec3 velocity;         ///< Metres per view.
  float spin = 0;        ///< Radians around y per view.
};

struct Light {
  Vec3 position;
  Vec3 color;          ///< Radiance on a white surface that faces the light at distance `reach`.
  float reach = 0;     ///< Metres to the point where it has that strength; 0: like the sun.
  float softness = 0;  ///< Radius of the shadow's blur, texels of the shadow map.
};

struct Sky {
  bool visible = false;
  Vec3 horizon{0.8F, 0.85F, 0.9F}, zenith{0.3F, 0.5F, 0.85F};
  float cloud_cover = 0;
  std::uint64_t cloud_seed = 0;
};

struct Scene {
  int kind = 0;                            ///< Position in the table of scripts/train/README.md.
  std::vector<std::unique_ptr<Mesh>> own;  ///< Meshes made for this scene.
  std::vector<Instance> instances;
  Light key;
  Vec3 target;  ///< What the key light's shadow map and the camera look at.
  float target_radius = 1;
  Vec3 ambient_up, ambient_down;
  Vec3 fill_position, fill_color;
  Vec3 fog_color;
  float fog_per_metre = 0;
  Sky sky;
  float exposure = 1;
  float brightness = 0.7F;  ///< What the brightest tenth of the picture is exposed to, linear.
  std::vector<Camera> views;
};

/// Composes scene `index`: the same for the same arguments. With `held_out` only the tenth of the
/// meshes and textures is used that other scenes never show.
Scene compose(const Assets& assets, std::uint64_t seed, bool held_out, int width_px, int height_px);

struct Picture {
  std::vector<std::uint8_t> rgb;     ///< [height, width, 3]
  std::vector<float> inverse_depth;  ///< [height, width], 1/metre along z; 0: sky.
};

/// Draws view `view` of the scene with 2 x 2 samples a pixel.
Picture draw(const Assets& assets, const Scene& scene, int view);
