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
  bool movable = false;              ///< A thing that stands somewhere, not a wall or a table top.
  Vec3 velocity;                     ///< Metres per second.
  float spin = 0;                    ///< Radians around y per second.
  std::vector<const Mesh*> poses{};  ///< The mesh in each view, of what bends; empty: `mesh`.

  bool moves() const { return length(velocity) > 0 || spin != 0 || !poses.empty(); }
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

/// What there is to walk or drive on: nothing that is known to be free, a room, or open ground.
enum class Floor { kNone, kConfined, kOpen };

struct Scene {
  int kind = 0;  ///< Position in the table of scripts/train/README.md.
  Floor floor = Floor::kNone;
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
  std::vector<float> seconds;  ///< When each view is taken; things stand where they do at 0.
};

/// What is taken of a scene: a snippet of three views that stand for spacings of 1 to 25 frames, or
/// a clip of more, one frame apart, at kFramesPerSecond.
struct Take {
  int width_px, height_px;
  int views = 3;
};

inline constexpr float kFramesPerSecond = 25;

/// Composes scene `seed`: the same for the same arguments. With `held_out` only the tenth of the
/// meshes and textures is used that other scenes never show.
Scene compose(const Assets& assets, std::uint64_t seed, bool held_out, const Take& take);

struct Picture {
  std::vector<std::uint8_t> rgb;     ///< [height, width, 3]
  std::vector<float> inverse_depth;  ///< [height, width], 1/metre along z; 0: sky.
  std::vector<std::uint8_t>
      object;  ///< [height, width], 1 to 255: what moves by itself; 0: nothing.
};

/// Draws view `view` of the scene with 2 x 2 samples a pixel.
Picture draw(const Assets& assets, const Scene& scene, int view);
