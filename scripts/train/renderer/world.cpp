#include "world.hpp"

#include "binary.hpp"

namespace {

constexpr std::int32_t kHeldOut = 0x100, kUnderSky = 1;  // Flags of a map.

// How far along `direction` a ray meets the triangle, or infinity: Möller and Trumbore 1997.
float distance_to(Vec3 from, Vec3 direction, Vec3 a, Vec3 b, Vec3 c) {
  constexpr float kMiss = std::numeric_limits<float>::infinity();
  const Vec3 e0 = b - a, e1 = c - a, p = cross(direction, e1);
  const float determinant = dot(e0, p);
  if (std::abs(determinant) < 1e-9F) return kMiss;
  const float inverse = 1 / determinant;
  const Vec3 offset = from - a;
  const float u = dot(offset, p) * inverse;
  if (u < 0 || u > 1) return kMiss;
  const Vec3 q = cross(offset, e0);
  const float v = dot(direction, q) * inverse;
  if (v < 0 || u + v > 1) return kMiss;
  const float distance = dot(e1, q) * inverse;
  return distance > 1e-4F ? distance : kMiss;
}

World read_world(std::ifstream& in, int first_texture) {
  const auto header = read_values<std::int32_t>(in, 4);
  const auto vertices = static_cast<std::size_t>(header[0]),
             triangles = static_cast<std::size_t>(header[1]);
  World world;
  world.held_out = (header[3] & kHeldOut) != 0;
  world.under_sky = (header[3] & kUnderSky) != 0;
  world.positions = read_values<Vec3>(in, vertices);
  world.normals = read_values<Vec3>(in, vertices);
  world.uv = read_values<float>(in, vertices * 2);
  world.triangles = read_values<std::array<std::uint32_t, 3>>(in, triangles);
  world.textures = read_values<std::int32_t>(in, triangles);
  world.spots = read_values<Vec3>(in, static_cast<std::size_t>(header[2]));
  for (std::int32_t& texture : world.textures) {
    if (texture >= 0) texture += first_texture;
  }
  for (const auto& corners : world.triangles) {
    for (const std::uint32_t corner : corners) {
      if (corner >= vertices)
        throw std::runtime_error("worlds.bin names a vertex that is not there");
    }
  }
  return world;
}

}  // namespace

std::pair<Vec3, Vec3> World::bounds() const {
  Vec3 low{1e9F, 1e9F, 1e9F}, high{-1e9F, -1e9F, -1e9F};
  for (const Vec3 p : positions) {
    low = {std::min(low.x, p.x), std::min(low.y, p.y), std::min(low.z, p.z)};
    high = {std::max(high.x, p.x), std::max(high.y, p.y), std::max(high.z, p.z)};
  }
  return {low, high};
}

WorldHit World::meet(Vec3 from, Vec3 direction, float reach_m) const {
  WorldHit nearest;
  nearest.distance_m = reach_m;
  for (std::size_t i = 0; i < triangles.size(); ++i) {
    const auto [a, b, c] = triangles[i];
    const float distance = distance_to(from, direction, positions[a], positions[b], positions[c]);
    if (!(distance < nearest.distance_m)) continue;
    nearest.distance_m = distance;
    const bool front = dot(direction, normals[a] + normals[b] + normals[c]) < 0;
    nearest.what = textures[i] == kSky ? WorldHit::What::kSky
                   : front             ? WorldHit::What::kFront
                                       : WorldHit::What::kBack;
  }
  return nearest;
}

Mesh World::near(Vec3 center, float radius_m, bool sky) const {
  Mesh mesh;
  for (std::size_t i = 0; i < triangles.size(); ++i) {
    if ((textures[i] == kSky) != sky) continue;
    Triangle triangle;
    Vec3 low{1e9F, 1e9F, 1e9F}, high{-1e9F, -1e9F, -1e9F};
    for (std::size_t k = 0; k < 3; ++k) {
      const std::size_t vertex = triangles[i][k];
      const Vec3 p = triangle.position[k] = positions[vertex];
      triangle.normal[k] = normals[vertex];
      triangle.u[k] = uv[vertex * 2];
      triangle.v[k] = uv[vertex * 2 + 1];
      low = {std::min(low.x, p.x), std::min(low.y, p.y), std::min(low.z, p.z)};
      high = {std::max(high.x, p.x), std::max(high.y, p.y), std::max(high.z, p.z)};
    }
    const Vec3 closest{std::clamp(center.x, low.x, high.x), std::clamp(center.y, low.y, high.y),
                       std::clamp(center.z, low.z, high.z)};
    if (length(closest - center) > radius_m) continue;
    triangle.texture = sky ? -1 : textures[i];
    set_density(triangle);
    mesh.triangles.push_back(triangle);
  }
  mesh.size_m = {2 * radius_m, 2 * radius_m, 2 * radius_m};
  return mesh;
}

std::vector<World> read_worlds(const std::string& path, int first_texture) {
  std::ifstream in = open_binary(path);
  std::vector<World> worlds;
  const auto count = read_values<std::int32_t>(in, 1)[0];
  for (int i = 0; i < count; ++i) worlds.push_back(read_world(in, first_texture));
  return worlds;
}
