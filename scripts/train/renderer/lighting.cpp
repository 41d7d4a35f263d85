#include "lighting.hpp"

#include <iterator>

namespace {

constexpr int kShadowSide = 768;
constexpr int kShadowTaps = 8;
constexpr int kOcclusionTaps = 10;
constexpr float kGoldenAngle = 2.3999632F;

std::uint32_t hash(std::uint32_t a, std::uint32_t b) {
  std::uint32_t h = a * 0x85EBCA6BU ^ (b + 0x9E3779B9U) * 0xC2B2AE35U;
  h ^= h >> 15U;
  h *= 0x2C1B3C6DU;
  return h ^ (h >> 12U);
}
float hash_unit(std::uint32_t a, std::uint32_t b) {
  return static_cast<float>(hash(a, b) >> 8U) * 0x1p-24F;
}

struct Tap {
  float x, y;
};

// Points on the unit disc, spread by the golden angle.
std::array<Tap, kShadowTaps> disc() {
  std::array<Tap, kShadowTaps> taps{};
  for (int i = 0; i < kShadowTaps; ++i) {
    const float radius = std::sqrt((static_cast<float>(i) + 0.5F) / kShadowTaps);
    const float angle = kGoldenAngle * static_cast<float>(i);
    taps[static_cast<std::size_t>(i)] = {radius * std::cos(angle), radius * std::sin(angle)};
  }
  return taps;
}

// The share of the key light that reaches `point`: percentage-closer filtering on turned taps.
float lit_share(const ShadowMap& map, Vec3 point, Vec3 normal, float softness,
                std::uint32_t pixel) {
  const float distance = length(point - map.camera.position);
  const Vec3 moved = point + normal * (distance / map.camera.focal_px * (1.5F + softness * 0.6F));
  const Vec3 p = map.camera.to_camera(moved);
  if (p.z < kNearPlane_m) return 1;
  const float x = map.camera.center_x() + map.camera.focal_px * p.x / p.z;
  const float y = map.camera.center_y() - map.camera.focal_px * p.y / p.z;
  static const std::array<Tap, kShadowTaps> taps = disc();
  const float turn = hash_unit(pixel, 7) * 6.2831853F;
  const float cosine = softness * std::cos(turn), sine = softness * std::sin(turn);
  int lit = 0;
  for (const Tap& tap : taps) {
    const int column = static_cast<int>(x + cosine * tap.x - sine * tap.y);
    const int row = static_cast<int>(y + sine * tap.x + cosine * tap.y);
    if (column < 0 || row < 0 || column >= kShadowSide || row >= kShadowSide) {
      ++lit;
      continue;
    }
    const float nearest = map.visibility.inverse_depth[static_cast<std::size_t>(row) * kShadowSide +
                                                       static_cast<std::size_t>(column)];
    lit += nearest * p.z <= 1.004F ? 1 : 0;
  }
  return static_cast<float>(lit) / kShadowTaps;
}

float value_noise(std::uint64_t seed, float x, float y) {
  const float fx = std::floor(x), fy = std::floor(y);
  const auto at = [&](float dx, float dy) {
    return hash_unit(static_cast<std::uint32_t>(static_cast<std::int32_t>(fx + dx)) ^
                         static_cast<std::uint32_t>(seed),
                     static_cast<std::uint32_t>(static_cast<std::int32_t>(fy + dy)));
  };
  const float u = x - fx, v = y - fy;
  const float su = u * u * (3 - 2 * u), sv = v * v * (3 - 2 * v);
  return (at(0, 0) * (1 - su) + at(1, 0) * su) * (1 - sv) +
         (at(0, 1) * (1 - su) + at(1, 1) * su) * sv;
}

struct Offset {
  int column, row;
};

// The taps of a pixel whose place in the tiles of 4 x 4 pixels is (x, y).
std::array<Offset, kOcclusionTaps> occlusion_offsets(float radius_px, std::uint32_t x,
                                                     std::uint32_t y) {
  std::array<Offset, kOcclusionTaps> offsets{};
  const float turn = hash_unit(x, y) * 6.2831853F;
  for (int tap = 0; tap < kOcclusionTaps; ++tap) {
    const float r = radius_px * (static_cast<float>(tap) + 0.7F) / kOcclusionTaps;
    const float angle = turn + kGoldenAngle * static_cast<float>(tap);
    offsets[static_cast<std::size_t>(tap)] = {static_cast<int>(std::lround(r * std::cos(angle))),
                                              static_cast<int>(std::lround(r * std::sin(angle)))};
  }
  return offsets;
}

// What surfaces around each pixel block of its hemisphere, by taps that turn over 4 x 4 pixels.
std::vector<float> raw_occlusion(const std::vector<Nearest>& pixels, int width, int height) {
  std::vector<float> raw(pixels.size(), 1.0F);
  const float radius_px = 0.11F * static_cast<float>(width);
  std::array<std::array<Offset, kOcclusionTaps>, 16> tiles;
  for (std::uint32_t i = 0; i < 16; ++i) tiles[i] = occlusion_offsets(radius_px, i % 4, i / 4);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const auto index = static_cast<std::size_t>(y * width + x);
      const Nearest& here = pixels[index];
      if (here.inverse_depth == 0) continue;
      const float radius = 0.16F / here.inverse_depth;
      float blocked = 0;
      for (const Offset& offset : tiles[static_cast<std::size_t>(x % 4 + 4 * (y % 4))]) {
        const int column = x + offset.column, row = y + offset.row;
        if (column < 0 || row < 0 || column >= width || row >= height) continue;
        const Nearest& other = pixels[static_cast<std::size_t>(row * width + column)];
        if (other.inverse_depth == 0) continue;
        const Vec3 to_other = other.position - here.position;
        const float distance = std::max(length(to_other), 1e-5F);
        const float rise = dot(here.normal, to_other) / distance;
        blocked += std::max(rise - 0.12F, 0.0F) / (1 + distance * distance / (radius * radius));
      }
      raw[index] = std::clamp(1 - 2.2F * blocked / kOcclusionTaps, 0.0F, 1.0F);
    }
  }
  return raw;
}

std::vector<WorldTriangle> shadow_casters(const Posed& posed, bool moving) {
  std::vector<WorldTriangle> casters;
  std::ranges::copy_if(posed.triangles, std::back_inserter(casters), [&](const auto& triangle) {
    const Instance& instance = posed.instances[triangle.instance];
    return instance.moves() == moving && !instance.material.sky;
  });
  return casters;
}

}  // namespace

ShadowMap still_shadows(const Scene& scene, const Posed& posed) {
  const Vec3 to_target = scene.target - scene.key.position;
  const float distance = std::max(length(to_target), 0.1F);
  const Vec3 forward = to_target * (1 / distance);
  Camera camera = Camera::looking(scene.key.position, std::atan2(forward.x, forward.z),
                                  std::asin(std::clamp(forward.y, -1.0F, 1.0F)), 0);
  camera.width_px = camera.height_px = kShadowSide;
  const float tangent = std::min(scene.target_radius / distance, 1.8F);
  camera.focal_px = static_cast<float>(kShadowSide) / 2 / tangent;
  return {camera, rasterize(shadow_casters(posed, false), camera)};
}

ShadowMap with_moving(ShadowMap shadows, const Posed& posed) {
  rasterize_into(shadows.visibility, shadow_casters(posed, true), shadows.camera);
  return shadows;
}

Vec3 shade(const Scene& scene, const ShadowMap& shadows, const Surface& surface, Vec3 eye,
           float occlusion, std::uint32_t pixel) {
  const Vec3 n = surface.normal;
  Vec3 light = mix(scene.ambient_down, scene.ambient_up, n.y * 0.5F + 0.5F) * occlusion;
  const Vec3 to_key = scene.key.position - surface.position;
  const float distance = length(to_key);
  const Vec3 key_direction = to_key * (1 / std::max(distance, 1e-6F));
  const float facing = dot(n, key_direction);
  float shine = 0;
  if (facing > 0) {
    const float reach = scene.key.reach;
    const float falloff = reach > 0 ? std::min(reach * reach / (distance * distance), 4.0F) : 1.0F;
    const float lit = falloff * lit_share(shadows, surface.position, n, scene.key.softness, pixel);
    light = light + scene.key.color * (facing * lit);
    if (surface.shine > 0) {
      const Vec3 half = normalized(key_direction + normalized(eye - surface.position));
      shine = surface.shine * lit * std::pow(std::max(dot(n, half), 0.0F), 40.0F);
    }
  }
  const Vec3 to_fill = scene.fill_position - surface.position;
  const float fill =
      std::max(dot(n, normalized(to_fill)), 0.0F) / (1 + 0.15F * dot(to_fill, to_fill));
  light = light + scene.fill_color * (fill * occlusion);
  return surface.color * light + scene.key.color * shine + surface.color * surface.glow;
}

Vec3 sky_color(const Sky& sky, Vec3 direction) {
  const float up = std::clamp(direction.y, 0.0F, 1.0F);
  Vec3 color = mix(sky.horizon, sky.zenith, std::sqrt(up));
  float noise = 0, amplitude = 0.5F, frequency = 1.5F;
  for (int octave = 0; octave < 5; ++octave) {
    const float flat = frequency / (up + 0.15F);
    noise += amplitude * value_noise(sky.cloud_seed + static_cast<std::uint64_t>(octave),
                                     direction.x * flat, direction.z * flat);
    amplitude *= 0.5F;
    frequency *= 2;
  }
  const float cloud = std::clamp((noise - 1 + sky.cloud_cover) * 4, 0.0F, 1.0F);
  return mix(color, {0.95F, 0.95F, 0.97F}, cloud * 0.85F);
}

std::vector<float> ambient_occlusion(const std::vector<Nearest>& pixels, int width, int height) {
  const std::vector<float> raw = raw_occlusion(pixels, width, height);
  std::vector<float> out(pixels.size(), 1.0F);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      float sum = 0, weight = 0;
      const float z = pixels[static_cast<std::size_t>(y * width + x)].inverse_depth;
      for (int dy = -2; dy < 2; ++dy) {
        for (int dx = -2; dx < 2; ++dx) {
          const int column = std::clamp(x + dx, 0, width - 1),
                    row = std::clamp(y + dy, 0, height - 1);
          const auto other = static_cast<std::size_t>(row * width + column);
          const float alike = std::abs(pixels[other].inverse_depth - z) < 0.04F * z ? 1.0F : 0.02F;
          sum += alike * raw[other];
          weight += alike;
        }
      }
      out[static_cast<std::size_t>(y * width + x)] = sum / weight;
    }
  }
  return out;
}
