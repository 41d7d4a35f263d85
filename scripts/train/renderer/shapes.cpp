#include "shapes.hpp"

namespace {

constexpr float kPi = std::numbers::pi_v<float>;

// A grid of points, wrapped or open, as triangles with smooth normals.
template <class Point>
Mesh surface(int rows, int columns, Point&& point) {
  Mesh mesh;
  const auto normal_at = [&](float r, float c) {
    const float step = 0.02F;
    const Vec3 du = point(r + step, c) - point(r - step, c),
               dv = point(r, c + step) - point(r, c - step);
    const Vec3 n = cross(du, dv);
    return length(n) > 1e-12F ? normalized(n) : Vec3{0, 0, 0};
  };
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      const float corners[4][2] = {{0, 0}, {1, 0}, {1, 1}, {0, 1}};
      for (const auto& pick : {std::array{0, 1, 2}, std::array{0, 2, 3}}) {
        Triangle triangle;
        for (std::size_t k = 0; k < 3; ++k) {
          const float row = static_cast<float>(r) + corners[pick[k]][0];
          const float column = static_cast<float>(c) + corners[pick[k]][1];
          triangle.position[k] = point(row, column);
          triangle.normal[k] = normal_at(row, column);
        }
        const Vec3 face = normalized(cross(triangle.position[1] - triangle.position[0],
                                           triangle.position[2] - triangle.position[0]));
        for (Vec3& normal : triangle.normal) {
          if (dot(normal, normal) < 0.5F) normal = face;
        }
        mesh.triangles.push_back(triangle);
      }
    }
  }
  return mesh;
}

float signed_power(float value, float exponent) {
  return std::copysign(std::pow(std::abs(value), exponent), value);
}

Mesh ellipsoid(Vec3 size) { return superellipsoid(size, 1); }

}  // namespace

Mesh with_bounds(Mesh mesh) {
  Vec3 low{1e9F, 1e9F, 1e9F}, high{-1e9F, -1e9F, -1e9F};
  for (const Triangle& triangle : mesh.triangles) {
    for (const Vec3& p : triangle.position) {
      low = {std::min(low.x, p.x), std::min(low.y, p.y), std::min(low.z, p.z)};
      high = {std::max(high.x, p.x), std::max(high.y, p.y), std::max(high.z, p.z)};
    }
  }
  const Vec3 base{(low.x + high.x) / 2, low.y, (low.z + high.z) / 2};
  for (Triangle& triangle : mesh.triangles) {
    for (Vec3& p : triangle.position) p = p - base;
  }
  mesh.size_m = high - low;
  mesh.top_m = mesh.size_m.y;
  return mesh;
}

void append(Mesh& mesh, const Mesh& part, const Mat3& rotation, Vec3 offset, Vec3 color) {
  for (Triangle triangle : part.triangles) {
    for (std::size_t k = 0; k < 3; ++k) {
      triangle.position[k] = offset + rotation * triangle.position[k];
      triangle.normal[k] = rotation * triangle.normal[k];
    }
    triangle.color = color;
    mesh.triangles.push_back(triangle);
  }
}

Mesh box(Vec3 size) {
  Mesh mesh;
  const auto quad = [&](Vec3 origin, Vec3 u, Vec3 v) {
    const Vec3 normal = normalized(cross(u, v));
    const Vec3 corner[4] = {origin, origin + u, origin + u + v, origin + v};
    for (const auto& pick : {std::array{0, 1, 2}, std::array{0, 2, 3}}) {
      Triangle triangle;
      for (std::size_t k = 0; k < 3; ++k) {
        triangle.position[k] = corner[pick[k]];
        triangle.normal[k] = normal;
      }
      mesh.triangles.push_back(triangle);
    }
  };
  const float x = size.x / 2, z = size.z / 2, y = size.y;
  quad({-x, 0, -z}, {2 * x, 0, 0}, {0, y, 0});
  quad({-x, 0, z}, {0, y, 0}, {2 * x, 0, 0});
  quad({-x, 0, -z}, {0, y, 0}, {0, 0, 2 * z});
  quad({x, 0, -z}, {0, 0, 2 * z}, {0, y, 0});
  quad({-x, y, -z}, {2 * x, 0, 0}, {0, 0, 2 * z});
  quad({-x, 0, -z}, {0, 0, 2 * z}, {2 * x, 0, 0});
  mesh.size_m = size;
  mesh.top_m = size.y;
  return mesh;
}

Mesh lathe(std::span<const std::pair<float, float>> profile, int segments) {
  const auto last = static_cast<float>(profile.size() - 1);
  return with_bounds(surface(static_cast<int>(profile.size()) - 1, segments, [&](float r, float c) {
    const float row = std::clamp(r, 0.0F, last);
    const auto low = std::min(static_cast<std::size_t>(row), profile.size() - 2);
    const float t = row - static_cast<float>(low);
    const float radius = profile[low].first * (1 - t) + profile[low + 1].first * t;
    const float height = profile[low].second * (1 - t) + profile[low + 1].second * t;
    const float angle = 2 * kPi * c / static_cast<float>(segments);
    return Vec3{radius * std::cos(angle), height, radius * std::sin(angle)};
  }));
}

Mesh superellipsoid(Vec3 size, float roundness) {
  constexpr int kRows = 12, kColumns = 20;
  return with_bounds(surface(kRows, kColumns, [&](float r, float c) {
    const float polar = kPi * (std::clamp(r, 0.0F, static_cast<float>(kRows)) / kRows - 0.5F);
    const float turn = 2 * kPi * c / kColumns;
    const float ring = signed_power(std::cos(polar), roundness);
    return Vec3{size.x / 2 * ring * signed_power(std::cos(turn), roundness),
                size.y / 2 * signed_power(std::sin(polar), roundness),
                size.z / 2 * ring * signed_power(std::sin(turn), roundness)};
  }));
}

Mesh sheet(Vec3 size, int cells, float roughness, std::uint64_t seed, float level_radius) {
  Random random(seed);
  struct Wave {
    float kx, kz, phase, height;
  };
  std::array<Wave, 10> waves;
  for (std::size_t i = 0; i < waves.size(); ++i) {
    const float frequency = kPi * (1 + static_cast<float>(i) * 0.8F);
    const float angle = random.uniform(0, 2 * kPi);
    waves[i] = {frequency * std::cos(angle), frequency * std::sin(angle),
                random.uniform(0, 2 * kPi),
                std::pow(roughness, static_cast<float>(i)) * random.uniform(0.3F, 1)};
  }
  Mesh mesh = surface(cells, cells, [&](float r, float c) {
    const float x = r / static_cast<float>(cells) - 0.5F, z = c / static_cast<float>(cells) - 0.5F;
    float height = 0;
    for (const Wave& wave : waves)
      height += wave.height * std::sin(wave.kx * x + wave.kz * z + wave.phase);
    const float away = std::hypot(x * size.x, z * size.z);
    const float rise = level_radius > 0 ? std::clamp(away / level_radius - 1, 0.0F, 1.0F) : 1.0F;
    return Vec3{x * size.x, height * size.y * 0.25F * rise, z * size.z};
  });
  mesh.size_m = size;
  return mesh;
}

Mesh tube(std::span<const Vec3> points, float radius_start, float radius_end, int sides) {
  const auto last = static_cast<float>(points.size() - 1);
  return surface(static_cast<int>(points.size()) - 1, sides, [&](float r, float c) {
    const float row = std::clamp(r, 0.0F, last);
    const auto low = std::min(static_cast<std::size_t>(row), points.size() - 2);
    const Vec3 along = normalized(points[low + 1] - points[low]);
    const Vec3 side =
        normalized(std::abs(along.y) < 0.9F ? cross(along, {0, 1, 0}) : cross(along, {1, 0, 0}));
    const Vec3 up = cross(side, along);
    const float angle = 2 * kPi * c / static_cast<float>(sides);
    const float radius = radius_start + (radius_end - radius_start) * row / last;
    return mix(points[low], points[low + 1], row - static_cast<float>(low)) +
           (side * std::cos(angle) + up * std::sin(angle)) * radius;
  });
}

Mesh tree(Random& random, float height) {
  Mesh mesh;
  const float lean = random.normal(0.05F);
  const Vec3 top{lean * height, height * random.uniform(0.5F, 0.75F),
                 random.normal(0.05F) * height};
  const std::array<Vec3, 3> trunk{Vec3{}, top * 0.5F, top};
  const Vec3 bark = Vec3{0.35F, 0.27F, 0.2F} * random.uniform(0.5F, 1.3F);
  append(mesh, tube(trunk, height * 0.035F, height * 0.015F, 7), {}, {}, bark);
  const Vec3 leaf{random.uniform(0.15F, 0.5F), random.uniform(0.3F, 0.6F),
                  random.uniform(0.08F, 0.25F)};
  const int clusters = random.integer(4, 10);
  for (int i = 0; i < clusters; ++i) {
    const Vec3 center =
        top +
        Vec3{random.normal(0.16F), random.normal(0.12F) + 0.05F, random.normal(0.16F)} * height;
    const std::array<Vec3, 2> branch{top * random.uniform(0.6F, 1), center};
    append(mesh, tube(branch, height * 0.012F, height * 0.005F, 5), {}, {}, bark);
    const float radius = height * random.uniform(0.07F, 0.16F);
    for (int k = 0; k < 60; ++k) {
      const Vec3 offset = normalized({random.normal(), random.normal(), random.normal()}) *
                          (radius * std::sqrt(random.uniform()));
      const float s = height * random.uniform(0.012F, 0.03F);
      const Mat3 turn = rotation_y(random.uniform(0, 6.28F)) * rotation_x(random.uniform(0, 6.28F));
      append(mesh, box({s, s * 0.1F, s * 1.6F}), turn, center + offset,
             leaf * random.uniform(0.6F, 1.3F));
    }
  }
  return with_bounds(std::move(mesh));
}

Mesh creature(Random& random, float size) {
  Mesh mesh;
  const Vec3 color{random.uniform(0.1F, 0.95F), random.uniform(0.1F, 0.9F),
                   random.uniform(0.1F, 0.9F)};
  const Vec3 second = random.chance(0.5F) ? color * 0.6F : Vec3{0.9F, 0.88F, 0.8F};
  const float wide = random.uniform(0.4F, 0.9F), tall = random.uniform(0.4F, 0.9F);
  append(mesh, ellipsoid({wide * size, tall * size, size}), rotation_x(random.normal(0.4F)),
         {0, size * 0.3F, 0}, color);
  const float head = size * random.uniform(0.25F, 0.6F);
  const Vec3 neck{random.normal(0.05F) * size, size * random.uniform(0.6F, 0.9F),
                  -size * random.uniform(0.2F, 0.5F)};
  append(mesh, ellipsoid({head, head * random.uniform(0.8F, 1.2F), head}), {}, neck,
         random.chance(0.7F) ? color : second);
  append(mesh, ellipsoid({head * 0.3F, head * 0.25F, head * random.uniform(0.3F, 0.8F)}), {},
         neck + Vec3{0, head * 0.35F, -head * 0.5F}, second);
  const int limbs = random.integer(2, 6);
  for (int i = 0; i < limbs; ++i) {
    const float side = i % 2 == 0 ? -1.0F : 1.0F;
    append(mesh, ellipsoid({size * 0.2F, size * random.uniform(0.2F, 0.6F), size * 0.22F}),
           rotation_z(random.normal(0.5F)),
           {side * wide * size * 0.4F, random.uniform(-0.05F, 0.4F) * size,
            random.uniform(-0.4F, 0.4F) * size},
           second);
  }
  for (const float side : {-1.0F, 1.0F}) {
    append(mesh, ellipsoid({head * 0.3F, head * random.uniform(0.2F, 0.7F), head * 0.15F}),
           rotation_z(side * 0.4F), neck + Vec3{side * head * 0.35F, head * 0.7F, 0}, color);
  }
  return with_bounds(std::move(mesh));
}

namespace {

// Books side by side from `left` to `right` on one board, with gaps; some lean.
void add_books(Mesh& mesh, Random& random, float left, float right, float floor, float room,
               float depth) {
  Vec3 color{random.uniform(0.05F, 0.9F), random.uniform(0.05F, 0.9F), random.uniform(0.05F, 0.9F)};
  float at = left + random.uniform(0, 0.3F) * (right - left) * (random.chance(0.4F) ? 1.0F : 0.0F);
  while (at < right) {
    const float thick = random.log_uniform(0.01F, 0.06F);
    const float height = room * random.uniform(0.55F, 0.95F),
                deep = depth * random.uniform(0.5F, 0.9F);
    if (random.chance(0.6F)) {
      color = {random.uniform(0.05F, 0.9F), random.uniform(0.05F, 0.9F),
               random.uniform(0.05F, 0.9F)};
    }
    const float lean = random.chance(0.08F) ? random.normal(0.2F) : 0;
    append(mesh, box({thick * 0.94F, height, deep}), rotation_z(lean),
           {at + thick / 2, floor, random.normal(0.01F)}, color);
    at += thick;
    if (random.chance(0.06F)) at += random.uniform(0.05F, 0.5F);
  }
}

}  // namespace

Mesh bookcase(Random& random, Vec3 size) {
  Mesh mesh;
  const float board = random.uniform(0.015F, 0.04F);
  const int shelves = std::max(2, static_cast<int>(size.y / random.uniform(0.25F, 0.45F)));
  const Vec3 color{random.uniform(0.1F, 0.95F), random.uniform(0.1F, 0.9F),
                   random.uniform(0.1F, 0.9F)};
  const int columns = random.integer(1, 3);
  for (int c = 0; c <= columns; ++c) {
    const float x = size.x * (static_cast<float>(c) / static_cast<float>(columns) - 0.5F);
    append(mesh, box({board, size.y, size.z}), {}, {x, 0, 0}, color);
  }
  const float pitch = size.y / static_cast<float>(shelves);
  for (int s = 0; s <= shelves; ++s) {
    append(mesh, box({size.x, board, size.z}), {}, {0, static_cast<float>(s) * pitch, 0}, color);
  }
  if (random.chance(0.7F)) {
    append(mesh, box({size.x, size.y, 0.01F}), {}, {0, 0, size.z / 2 - 0.005F}, color * 0.9F);
  }
  const float fullness = random.uniform(0.3F, 1);
  for (int s = 0; s < shelves; ++s) {
    for (int c = 0; c < columns; ++c) {
      if (!random.chance(fullness)) continue;
      const float width = size.x / static_cast<float>(columns);
      const float left = -size.x / 2 + static_cast<float>(c) * width + board;
      add_books(mesh, random, left, left + width - 2 * board, static_cast<float>(s) * pitch + board,
                pitch - 2 * board, size.z);
    }
  }
  mesh.size_m = size;
  mesh.top_m = size.y + board;
  return mesh;
}

Mesh lattice(Random& random, Vec3 size) {
  Mesh mesh;
  const float bar = random.log_uniform(0.01F, 0.06F) * std::min(size.y, 1.5F);
  const int upright = random.integer(2, 14), across = random.integer(1, 5);
  const Vec3 color{random.uniform(0.1F, 0.9F), random.uniform(0.1F, 0.85F),
                   random.uniform(0.1F, 0.8F)};
  for (int i = 0; i < upright; ++i) {
    const float x = size.x * (static_cast<float>(i) / static_cast<float>(upright - 1) - 0.5F);
    append(mesh, box({bar, size.y, bar}), {}, {x, 0, 0}, color);
  }
  const float depth = random.chance(0.3F) ? size.z : bar * 0.8F;
  for (int i = 0; i < across; ++i) {
    const float y = size.y * (static_cast<float>(i) + 0.8F) / static_cast<float>(across);
    append(mesh, box({size.x, bar * 0.8F, depth}), {}, {0, y - bar, 0}, color);
  }
  return with_bounds(std::move(mesh));
}
