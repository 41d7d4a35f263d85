#include "frames.hpp"

namespace {

constexpr float kPi = std::numbers::pi_v<float>;

Vec3 paint(Random& random) {
  if (random.chance(0.5F)) return Vec3{1, 1, 1.03F} * random.uniform(0.2F, 0.8F);
  return {random.uniform(0.15F, 0.9F), random.uniform(0.15F, 0.7F), random.uniform(0.1F, 0.5F)};
}

// A branch and what grows from it, down to twigs.
void append_branch(Mesh& mesh, Random& random, Vec3 from, Vec3 heading, float length_m,
                   float radius, int order, Vec3 bark) {
  const Vec3 bent = normalized(heading + Vec3{random.normal(0.2F), 0.1F, random.normal(0.2F)});
  const std::array<Vec3, 3> points{from, from + heading * (length_m * 0.5F),
                                   from + heading * (length_m * 0.5F) + bent * (length_m * 0.5F)};
  append(mesh, tube(points, radius, radius * 0.6F, order > 1 ? 6 : 3), {}, {}, bark);
  if (order == 0) return;
  const int children = random.integer(2, 4);
  for (int i = 0; i < children; ++i) {
    const float at = i == 0 ? 1 : random.uniform(0.45F, 1);
    const Vec3 start =
        at < 0.5F ? mix(points[0], points[1], at * 2) : mix(points[1], points[2], at * 2 - 1);
    const Vec3 side = normalized(
        bent + Vec3{random.normal(0.6F), random.normal(0.3F) + 0.1F, random.normal(0.6F)});
    append_branch(mesh, random, start, side, length_m * random.uniform(0.55F, 0.8F), radius * 0.6F,
                  order - 1, bark);
  }
}

}  // namespace

void append_bar(Mesh& mesh, Vec3 from, Vec3 to, float thickness, Vec3 color) {
  const std::array<Vec3, 2> ends{from, to};
  append(mesh, tube(ends, thickness * 0.6F, thickness * 0.6F, 4), {}, {}, color);
}

void append_girder(Mesh& mesh, Vec3 from, Vec3 to, float width_from, float width_to, float bar,
                   int cells, Vec3 color) {
  const Vec3 along = normalized(to - from);
  const Vec3 side =
      normalized(std::abs(along.y) < 0.9F ? cross(along, {0, 1, 0}) : cross(along, {0, 0, 1}));
  const Vec3 up = cross(side, along);
  const auto corner = [&](int cell, int k) {
    const float t = static_cast<float>(cell) / static_cast<float>(cells);
    const float half = (width_from + (width_to - width_from) * t) / 2;
    const float x = (k & 3) == 0 || (k & 3) == 3 ? -half : half;
    return mix(from, to, t) + side * x + up * ((k & 3) < 2 ? -half : half);
  };
  for (int cell = 0; cell < cells; ++cell) {
    for (int k = 0; k < 4; ++k) {
      append_bar(mesh, corner(cell, k), corner(cell + 1, k), bar, color);
      append_bar(mesh, corner(cell + 1, k), corner(cell + 1, k + 1), bar * 0.7F, color);
      const int swing = cell % 2;
      append_bar(mesh, corner(cell, k + swing), corner(cell + 1, k + 1 - swing), bar * 0.7F, color);
    }
  }
}

void append_wire(Mesh& mesh, Vec3 from, Vec3 to, float sag, float radius, Vec3 color) {
  std::vector<Vec3> points;
  for (int i = 0; i <= 10; ++i) {
    const float t = static_cast<float>(i) / 10;
    points.push_back(mix(from, to, t) - Vec3{0, 4 * sag * t * (1 - t), 0});
  }
  append(mesh, tube(points, radius, radius, 4), {}, {}, color);
}

Mesh pylon(Random& random, float height) {
  Mesh mesh;
  const Vec3 color = Vec3{0.95F, 1, 1} * random.uniform(0.25F, 0.7F);
  const float bar = height * 0.006F + 0.05F, span = height * random.uniform(1.8F, 3.5F);
  append_girder(mesh, {}, {0, height * 0.6F, 0}, height * random.uniform(0.14F, 0.25F),
                height * 0.06F, bar, random.integer(4, 7), color);
  append_girder(mesh, {0, height * 0.6F, 0}, {0, height, 0}, height * 0.06F, height * 0.025F, bar,
                6, color);
  const int arms = random.integer(1, 3);
  for (int a = 0; a < arms; ++a) {
    const float y = height * (0.63F + 0.13F * static_cast<float>(a));
    const float reach = height * random.uniform(0.14F, 0.24F);
    for (const float side : {-1.0F, 1.0F}) {
      const Vec3 tip{side * reach, y, 0}, hang = tip - Vec3{0, height * 0.04F, 0};
      append_girder(mesh, {side * height * 0.02F, y, 0}, tip, height * 0.045F, height * 0.008F,
                    bar * 0.8F, 4, color);
      append_bar(mesh, tip, hang, bar * 1.6F, color * 0.5F);
      for (const float way : {-1.0F, 1.0F}) {
        append_wire(mesh, hang, hang + Vec3{0, 0, way * span}, span * 0.05F, 0.03F,
                    {0.1F, 0.1F, 0.1F});
      }
    }
  }
  mesh.size_m = {height * 0.25F, height, height * 0.25F};
  return mesh;
}

Mesh crane(Random& random, float height) {
  Mesh mesh;
  const Vec3 color =
      random.chance(0.6F) ? Vec3{0.9F, random.uniform(0.3F, 0.75F), 0.1F} : paint(random);
  const float width = random.uniform(1.2F, 2), bar = random.uniform(0.1F, 0.16F);
  const float jib = height * random.uniform(0.7F, 1.2F), tail = jib * 0.3F;
  append_girder(mesh, {}, {0, height, 0}, width, width, bar, static_cast<int>(height / width),
                color);
  append_girder(mesh, {0, height, 0}, {jib, height, 0}, width, width * 0.6F, bar * 0.8F,
                static_cast<int>(jib / width), color);
  append_girder(mesh, {0, height, 0}, {-tail, height, 0}, width, width, bar * 0.8F, 5, color);
  const Vec3 top{0, height + width * 3, 0};
  append_girder(mesh, {0, height, 0}, top, width, 0.3F, bar, 3, color);
  append_wire(mesh, top, {jib * 0.8F, height + width / 2, 0}, 0, 0.04F, color * 0.4F);
  append_wire(mesh, top, {-tail, height + width / 2, 0}, 0, 0.04F, color * 0.4F);
  append(mesh, box({1.5F, 2, 1.5F}), {}, {1.2F, height - 2, width}, {0.7F, 0.75F, 0.8F});
  append(mesh, box({2.5F, 2.5F, width}), {}, {-tail, height - 2.2F, 0}, {0.5F, 0.5F, 0.48F});
  const Vec3 trolley{jib * random.uniform(0.3F, 0.9F), height - width / 2, 0};
  const Vec3 hook = trolley - Vec3{0, height * random.uniform(0.2F, 0.7F), 0};
  append_wire(mesh, trolley, hook, 0, 0.04F, {0.1F, 0.1F, 0.1F});
  append(mesh, box({1.5F, 0.6F, 1}), {}, hook - Vec3{0, 0.6F, 0}, color * 0.7F);
  mesh.size_m = {width, height, width};
  return mesh;
}

Mesh scaffold(Random& random, Vec3 size) {
  Mesh mesh;
  const Vec3 steel = Vec3{1, 1, 1} * random.uniform(0.3F, 0.8F);
  const Vec3 wood{0.55F, 0.42F, 0.25F};
  const int bays = std::max(2, static_cast<int>(size.x / 2)),
            floors = std::max(1, static_cast<int>(size.y / 2));
  const float bay = size.x / static_cast<float>(bays), storey = size.y / static_cast<float>(floors);
  for (int b = 0; b <= bays; ++b) {
    const float x = bay * static_cast<float>(b) - size.x / 2;
    for (const float z : {-size.z / 2, size.z / 2}) {
      append_bar(mesh, {x, 0, z}, {x, size.y + 1, z}, 0.05F, steel);
    }
    for (int f = 1; f <= floors; ++f) {
      const float y = storey * static_cast<float>(f);
      append_bar(mesh, {x, y, -size.z / 2}, {x, y, size.z / 2}, 0.05F, steel);
      if (b == bays) continue;
      append(mesh, box({bay, 0.05F, size.z * 0.8F}), {}, {x + bay / 2, y, 0}, wood);
      for (const float rail : {0.5F, 1.0F}) {
        append_bar(mesh, {x, y + rail, -size.z / 2}, {x + bay, y + rail, -size.z / 2}, 0.04F,
                   steel);
      }
      if ((b + f) % 3 == 0) {
        append_bar(mesh, {x, y - storey, -size.z / 2}, {x + bay, y, -size.z / 2}, 0.04F, steel);
      }
    }
  }
  mesh.size_m = size;
  return mesh;
}

Mesh bridge(Random& random, Vec3 size) {
  Mesh mesh;
  const Vec3 color = paint(random);
  const float bar = random.uniform(0.12F, 0.4F);
  const int cells = std::max(4, static_cast<int>(size.z / size.y));
  const float cell = size.z / static_cast<float>(cells);
  append(mesh, box({size.x, 0.4F, size.z}), {}, {0, -0.4F, 0}, {0.4F, 0.4F, 0.4F});
  for (int c = 0; c < cells; ++c) {
    const float z = cell * static_cast<float>(c) - size.z / 2, next = z + cell;
    for (const float x : {-size.x / 2, size.x / 2}) {
      append_bar(mesh, {x, 0, z}, {x, 0, next}, bar, color);
      append_bar(mesh, {x, size.y, z}, {x, size.y, next}, bar, color);
      append_bar(mesh, {x, 0, z}, {x, size.y, z}, bar * 0.7F, color);
      append_bar(mesh, {x, c % 2 == 0 ? 0 : size.y, z}, {x, c % 2 == 0 ? size.y : 0, next},
                 bar * 0.8F, color);
      append_bar(mesh, {x, 1, z}, {x, 1, next}, 0.06F, color);
    }
    append_bar(mesh, {-size.x / 2, size.y, z}, {size.x / 2, size.y, z}, bar * 0.8F, color);
    append_bar(mesh, {-size.x / 2, size.y, z}, {size.x / 2, size.y, next}, bar * 0.4F, color);
    append_bar(mesh, {size.x / 2, size.y, z}, {-size.x / 2, size.y, next}, bar * 0.4F, color);
  }
  mesh.size_m = size;
  return mesh;
}

Mesh hall_frame(Random& random, Vec3 size) {
  Mesh mesh;
  const Vec3 color = paint(random);
  const int frames = random.integer(3, 7), purlins = random.integer(3, 9);
  const float girder = random.uniform(0.4F, 1), bar = girder * 0.1F,
              ridge = random.uniform(0, 0.3F) * size.x;
  for (int f = 0; f < frames; ++f) {
    const float z = size.z * (static_cast<float>(f) / static_cast<float>(frames - 1) - 0.5F);
    const Vec3 left{-size.x / 2, size.y, z}, right{size.x / 2, size.y, z},
        top{0, size.y + ridge, z};
    for (const Vec3& foot : {left, right}) {
      append_bar(mesh, {foot.x, 0, z}, foot, girder * 0.4F, color);
      append_girder(mesh, foot, top, girder, girder, bar,
                    std::max(3, static_cast<int>(size.x / 2 / girder)), color);
    }
    if (f == 0) continue;
    const Vec3 back{0, 0, size.z / static_cast<float>(frames - 1)};
    for (int p = 0; p <= purlins; ++p) {
      const float t = static_cast<float>(p) / static_cast<float>(purlins);
      const Vec3 lift{0, girder / 2, 0};
      append_bar(mesh, mix(left, top, t) + lift, mix(left, top, t) + lift - back, bar * 2, color);
      append_bar(mesh, mix(right, top, t) + lift, mix(right, top, t) + lift - back, bar * 2, color);
    }
  }
  mesh.size_m = size;
  return mesh;
}

Mesh bare_tree(Random& random, float height) {
  Mesh mesh;
  const Vec3 bark = Vec3{1, 0.85F, 0.7F} * random.uniform(0.12F, 0.45F);
  append_branch(mesh, random, {}, normalized({random.normal(0.06F), 1, random.normal(0.06F)}),
                height * 0.36F, height * 0.02F, 5, bark);
  return with_bounds(std::move(mesh));
}

Mesh mast(Random& random, float height) {
  Mesh mesh;
  const Vec3 color = Vec3{1, 1, 1} * random.uniform(0.25F, 0.8F);
  const bool thin = random.chance(0.5F);
  if (thin) {
    append_bar(mesh, {}, {0, height, 0}, height * 0.012F + 0.03F, color);
  } else {
    append_girder(mesh, {}, {0, height, 0}, height * 0.06F, height * 0.03F, 0.05F + height * 0.002F,
                  10, color);
  }
  const int parts = random.integer(1, 6);
  for (int i = 0; i < parts; ++i) {
    const float y = height * random.uniform(0.6F, 1), angle = random.uniform(0, 2 * kPi);
    const Vec3 out{std::cos(angle), 0, std::sin(angle)};
    const Vec3 tip = Vec3{0, y, 0} + out * (height * random.uniform(0.05F, 0.15F));
    append_bar(mesh, {0, y, 0}, tip, 0.06F, color);
    if (random.chance(0.5F)) {
      append(mesh, superellipsoid({height * 0.06F, height * 0.06F, 0.2F}, 1), rotation_y(angle),
             tip, {0.85F, 0.85F, 0.85F});
    } else {
      append_bar(mesh, tip, tip + Vec3{0, height * 0.12F, 0}, 0.05F, color);
    }
  }
  return with_bounds(std::move(mesh));
}
