// What prepare_assets.py collected: pictures with their mip levels, and models in metres.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "geometry.hpp"

enum class TextureKind { kAny, kGround, kFacade, kPhoto, kModel, kWorld };
enum class MeshKind { kFurniture, kSmall, kPerson, kVehicle, kPlant, kLamp, kWall, kShape };

/// A square RGB picture, its sides wrapped around, with all mip levels down to one pixel.
class Texture {
 public:
  Texture(const std::uint8_t* pixels, int side_px);

  /// Bilinear sample in [0,1] RGB; one unit of u and v is the whole picture, `lod` the mip level.
  Vec3 sample(float u, float v, float lod) const;
  Vec3 mean() const { return sample(0, 0, 99); }
  int side_px() const { return side_px_; }

 private:
  int side_px_;
  std::vector<std::vector<std::uint8_t>> levels_;
};

struct Triangle {
  Vec3 position[3];
  Vec3 normal[3];
  float u[3] = {0, 0, 0}, v[3] = {0, 0, 0};
  Vec3 color{0.7F, 0.7F, 0.7F};
  int texture = -1;        ///< Index in Assets::textures; -1: the plain colour.
  float uv_per_metre = 1;  ///< Density of the picture on the surface, for the mip level.
};

/// Fills uv_per_metre from the corners.
void set_density(Triangle& triangle);

struct Mesh {
  MeshKind kind = MeshKind::kShape;
  Vec3 size_m;            ///< Width, height and depth; stands on y = 0, centred in x and z.
  float top_m = 0;        ///< Height at which things can be put on it.
  bool held_out = false;  ///< Only for scenes that the training does not see.
  std::vector<Triangle> triangles;
};

struct World;  // A map of a game; world.hpp has it.

struct Assets {
  std::vector<Texture> textures;
  std::vector<TextureKind> texture_kinds;
  std::vector<bool> texture_held_out;  ///< Only for scenes that the training does not see.
  std::vector<Mesh> meshes;
  std::vector<World> worlds;

  Assets();
  Assets(Assets&&) noexcept;
  Assets& operator=(Assets&&) noexcept;
  ~Assets();

  /// Reads textures.bin and meshes.bin, and worlds.bin with world_textures.bin where they are.
  /// @throws std::runtime_error
  static Assets load(const std::string& folder);
};
