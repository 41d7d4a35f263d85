// Puts meshes with random surfaces into a scene, so that they stand rather than overlap.
#pragma once

#include <vector>

#include "scene.hpp"
#include "shapes.hpp"

class Builder {
 public:
  Builder(const Assets& assets, Scene& scene, Random& random, bool held_out);

  /// A random mesh of `kind` whose largest side is within [low_m, high_m]; nullptr if there is
  /// none.
  const Mesh* pick(MeshKind kind, float low_m = 0, float high_m = 1e3F);

  /// Keeps a mesh made for this scene alive.
  const Mesh* own(Mesh mesh);

  /// A small made thing: box, bottle, ball, bowl, toy, stack of books, stick, mug.
  const Mesh* made_thing(float size_m);

  const Assets& assets() const { return assets_; }
  bool held_out() const { return held_out_; }

  int texture(TextureKind kind);
  Material material(TextureKind kind, float metres_per_repeat);
  Material plain();

  /// A game's own pictures, painted dark for its own lights: brighter, and often less colourful.
  Material game_surface();
  Vec3 color();

  /// A surface for something that stands in the scene: often its own, sometimes another.
  Material for_object(const Mesh& mesh);

  Instance& add(const Mesh* mesh, Vec3 position, float yaw, Vec3 scale, Material material);
  Instance& add(const Mesh* mesh, Vec3 position, float yaw) {
    return add(mesh, position, yaw, {1, 1, 1}, for_object(*mesh));
  }

  /// Puts `mesh` on the height `y` somewhere in the disc, clear of what stands there already.
  /// @return nullptr where no free place was found in a few tries.
  Instance* stand(const Mesh* mesh, float y, Vec3 center, float radius_m, float scale = 1);

  /// Keeps a disc of the floor free.
  void block(Vec3 center, float radius_m) { taken_.push_back({center.x, center.z, radius_m}); }

  /// Forgets what stands where: for the next surface.
  void clear() { taken_.clear(); }

  /// Covers a table's or shelf's top with things; some carry others.
  void cover(Vec3 top_center, float half_width, float half_depth, int count, float size_m);

  /// Whether the scene has as many triangles as its time allows.
  bool is_full() const;

 private:
  struct Disc {
    float x, z, radius;
  };

  const Assets& assets_;
  Scene& scene_;
  Random& random_;
  bool held_out_;
  std::vector<Disc> taken_;
};
