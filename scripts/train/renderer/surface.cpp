#include "surface.hpp"

Posed pose(const Scene& scene, int view) {
  Posed posed;
  for (std::uint32_t i = 0; i < scene.instances.size(); ++i) {
    Instance instance = scene.instances[i];
    instance.position = instance.position + instance.velocity * static_cast<float>(view);
    if (instance.spin != 0) {
      instance.rotation = rotation_y(instance.spin * static_cast<float>(view)) * instance.rotation;
    }
    const auto& triangles = instance.mesh->triangles;
    for (std::uint32_t t = 0; t < triangles.size(); ++t) {
      WorldTriangle world{{}, i, t};
      for (std::size_t k = 0; k < 3; ++k) {
        world.position[k] =
            instance.position + instance.rotation * (triangles[t].position[k] * instance.scale);
      }
      posed.triangles.push_back(world);
    }
    posed.instances.push_back(instance);
  }
  return posed;
}

namespace {

// The textured colour of an instance that overrides its mesh: projected along the main axis.
Vec3 projected_color(const Texture& texture, const Material& material, Vec3 local,
                     Vec3 local_normal, float metres_per_px) {
  const Vec3 n{std::abs(local_normal.x), std::abs(local_normal.y), std::abs(local_normal.z)};
  const float k = material.repeats_per_metre;
  const auto side_px = static_cast<float>(texture.side_px());
  const float lod = std::log2(std::max(side_px * k * metres_per_px, 1e-6F));
  if (n.y >= n.x && n.y >= n.z) return texture.sample(local.x * k, local.z * k, lod);
  if (n.x >= n.z) return texture.sample(local.z * k, -local.y * k, lod);
  return texture.sample(local.x * k, -local.y * k, lod);
}

}  // namespace

Surface surface_at(const Assets& assets, const Posed& posed, const Camera& camera,
                   std::uint32_t index, Vec3 point, float depth) {
  const WorldTriangle& world = posed.triangles[index];
  const Instance& instance = posed.instances[world.instance];
  const Triangle& triangle = instance.mesh->triangles[world.source];
  const Vec3 e0 = world.position[1] - world.position[0], e1 = world.position[2] - world.position[0];
  const Vec3 offset = point - world.position[0];
  const float d00 = dot(e0, e0), d01 = dot(e0, e1), d11 = dot(e1, e1);
  const float d20 = dot(offset, e0), d21 = dot(offset, e1);
  const float inverse = 1 / std::max(d00 * d11 - d01 * d01, 1e-20F);
  const float b = std::clamp((d11 * d20 - d01 * d21) * inverse, 0.0F, 1.0F);
  const float c = std::clamp((d00 * d21 - d01 * d20) * inverse, 0.0F, 1.0F);
  const float a = std::max(1 - b - c, 0.0F);

  const Vec3 local_normal =
      triangle.normal[0] * a + triangle.normal[1] * b + triangle.normal[2] * c;
  const Vec3 scale = instance.scale;
  Vec3 normal =
      normalized(instance.rotation * Vec3{local_normal.x / scale.x, local_normal.y / scale.y,
                                          local_normal.z / scale.z});
  Vec3 face = normalized(cross(e0, e1));
  const Vec3 to_eye = camera.position - point;
  if (dot(face, to_eye) < 0) face = face * -1;
  if (dot(normal, face) < 0) normal = normal * -1;
  if (!(dot(normal, normal) > 0.5F)) normal = face;

  const Material& material = instance.material;
  const float metres_per_px = depth / camera.focal_px;
  Vec3 color = triangle.color;
  if (material.texture) {
    const Vec3 local = transposed(instance.rotation) * (point - instance.position);
    color = projected_color(assets.textures[static_cast<std::size_t>(*material.texture)], material,
                            local, transposed(instance.rotation) * face, metres_per_px);
    color = mix({0.6F, 0.6F, 0.6F}, color, material.texture_share);
  } else if (triangle.texture >= 0) {
    const Texture& texture = assets.textures[static_cast<std::size_t>(triangle.texture)];
    const auto side_px = static_cast<float>(texture.side_px());
    const float lod = std::log2(std::max(side_px * triangle.uv_per_metre * metres_per_px, 1e-6F));
    color = texture.sample(a * triangle.u[0] + b * triangle.u[1] + c * triangle.u[2],
                           a * triangle.v[0] + b * triangle.v[1] + c * triangle.v[2], lod);
  }
  return {point, normal, squared(color) * material.tint, material.shine, material.glow};
}
