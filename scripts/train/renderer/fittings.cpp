#include "fittings.hpp"

namespace {

constexpr float kPi = std::numbers::pi_v<float>;

Vec3 wood(Random& random) {
  return random.chance(0.3F) ? Vec3{1, 0.99F, 0.96F} * random.uniform(0.55F, 0.95F)
                             : Vec3{0.75F, 0.52F, 0.32F} * random.uniform(0.4F, 1.2F);
}

Vec3 cloth(Random& random) {
  const float value = random.uniform(0.2F, 0.85F);
  return Vec3{random.uniform(0.7F, 1.1F), random.uniform(0.7F, 1), random.uniform(0.65F, 1)} *
         value;
}

void put(Mesh& mesh, Vec3 size, Vec3 at, Vec3 color) { append(mesh, box(size), {}, at, color); }

}  // namespace

Mesh wall_with_openings(Vec3 size, std::span<const Opening> openings) {
  Mesh mesh;
  const Vec3 color{0.7F, 0.7F, 0.7F};
  const auto piece = [&](float left, float right, float bottom, float top) {
    if (right - left > 1e-3F && top - bottom > 1e-3F)
      put(mesh, {right - left, top - bottom, size.z}, {(left + right) / 2, bottom, 0}, color);
  };
  float at = -size.x / 2;
  for (const Opening& opening : openings) {
    piece(at, opening.left, 0, size.y);
    piece(opening.left, opening.right, 0, opening.bottom);
    piece(opening.left, opening.right, opening.top, size.y);
    at = opening.right;
  }
  piece(at, size.x / 2, 0, size.y);
  mesh.size_m = size;
  return mesh;
}

Mesh window_frame(Random& random, const Opening& opening, float depth) {
  Mesh mesh = door_casing(opening, depth, wood(random));
  const Vec3 color = mesh.triangles.front().color;
  const float width = opening.right - opening.left, height = opening.top - opening.bottom;
  const float x = (opening.left + opening.right) / 2, bar = random.uniform(0.03F, 0.07F);
  put(mesh, {width + 0.1F, 0.03F, depth + 0.14F}, {x, opening.bottom - 0.02F, 0}, color);
  const int panes = std::max(1, static_cast<int>(width / random.uniform(0.4F, 1.2F)));
  for (int i = 0; i <= panes; ++i) {
    const float offset = width * (static_cast<float>(i) / static_cast<float>(panes) - 0.5F);
    put(mesh, {bar, height, 0.05F}, {x + offset * (1 - bar / width), opening.bottom, 0}, color);
  }
  const int rows = random.integer(1, 3);
  for (int i = 0; i <= rows; ++i) {
    const float y = (height - bar) * static_cast<float>(i) / static_cast<float>(rows);
    put(mesh, {width, bar, 0.05F}, {x, opening.bottom + y, 0}, color);
  }
  return mesh;
}

Mesh door_casing(const Opening& opening, float depth, Vec3 color) {
  Mesh mesh;
  const float width = opening.right - opening.left, height = opening.top - opening.bottom;
  const float x = (opening.left + opening.right) / 2;
  for (const float side : {-1.0F, 1.0F}) {
    put(mesh, {0.07F, height, depth + 0.04F}, {x + side * (width / 2 + 0.02F), opening.bottom, 0},
        color);
  }
  put(mesh, {width + 0.11F, 0.07F, depth + 0.04F}, {x, opening.top - 0.02F, 0}, color);
  mesh.size_m = {width, height, depth};
  return mesh;
}

Mesh door(Random& random, Vec3 size) {
  Mesh mesh;
  const Vec3 color = wood(random);
  put(mesh, size, {}, color);
  const int panels = random.integer(0, 3);
  for (int i = 0; i < panels; ++i) {
    const float height = size.y * 0.8F / static_cast<float>(panels);
    put(mesh, {size.x * 0.7F, height * 0.85F, 0.012F},
        {0, size.y * 0.1F + height * static_cast<float>(i), -size.z / 2 - 0.005F}, color * 0.85F);
  }
  put(mesh, {0.13F, 0.02F, 0.05F}, {size.x * 0.4F, 1, -size.z / 2 - 0.03F}, {0.7F, 0.7F, 0.7F});
  mesh.size_m = size;
  return mesh;
}

Mesh curtain(Random& random, Vec3 size) {
  Mesh mesh;
  const Vec3 color = cloth(random);
  const int folds = static_cast<int>(size.x / random.uniform(0.02F, 0.05F)) + 2;
  std::vector<Vec3> edge;
  for (int i = 0; i <= folds; ++i) {
    const float x = size.x * (static_cast<float>(i) / static_cast<float>(folds) - 0.5F);
    edge.push_back(
        {x, 0,
         size.z * 0.5F * std::sin(static_cast<float>(i) * 1.3F) + random.normal(0.1F) * size.z});
  }
  for (std::size_t i = 0; i + 1 < edge.size(); ++i) {
    const Vec3 up{0, size.y, 0}, a = edge[i], b = edge[i + 1];
    const Vec3 normal = normalized(cross(up, b - a));
    for (const auto& corners : {std::array{a, b, b + up}, std::array{a, b + up, a + up}}) {
      Triangle triangle;
      for (std::size_t k = 0; k < 3; ++k) {
        triangle.position[k] = corners[k];
        triangle.normal[k] = normal;
      }
      triangle.color = color;
      mesh.triangles.push_back(triangle);
    }
  }
  mesh.size_m = size;
  return mesh;
}

Mesh blind(Random& random, Vec3 size) {
  Mesh mesh;
  const Vec3 color = cloth(random);
  const float pitch = random.uniform(0.03F, 0.06F), tilt = random.uniform(0.1F, 1.2F);
  for (float y = 0; y < size.y; y += pitch) {
    append(mesh, box({size.x, 0.003F, pitch * 0.95F}), rotation_x(tilt), {0, y, 0}, color);
  }
  mesh.size_m = size;
  return mesh;
}

Mesh desk(Random& random, Vec3 size) {
  Mesh mesh;
  const Vec3 color = wood(random), legs = random.chance(0.5F) ? color : Vec3{0.3F, 0.3F, 0.32F};
  put(mesh, {size.x, 0.03F, size.z}, {0, size.y - 0.03F, 0}, color);
  const int cabinet = random.integer(-1, 1);
  for (const float x : {-1.0F, 1.0F}) {
    if (static_cast<float>(cabinet) == x) {
      put(mesh, {0.42F, size.y - 0.04F, size.z * 0.9F}, {x * (size.x / 2 - 0.23F), 0, 0},
          color * 0.9F);
      for (int i = 0; i < 3; ++i) {
        put(mesh, {0.38F, 0.2F, 0.02F},
            {x * (size.x / 2 - 0.23F), 0.04F + 0.22F * static_cast<float>(i),
             -size.z * 0.45F - 0.01F},
            color);
      }
      continue;
    }
    for (const float z : {-1.0F, 1.0F}) {
      put(mesh, {0.05F, size.y - 0.03F, 0.05F},
          {x * (size.x / 2 - 0.05F), 0, z * (size.z / 2 - 0.05F)}, legs);
    }
  }
  if (random.chance(0.4F))
    put(mesh, {size.x * 0.9F, 0.35F, 0.02F}, {0, size.y - 0.4F, size.z * 0.45F}, legs);
  mesh.size_m = size;
  mesh.top_m = size.y;
  return mesh;
}

Mesh chair(Random& random) {
  Mesh mesh;
  const Vec3 seat = cloth(random),
             legs = random.chance(0.5F) ? wood(random) : Vec3{0.2F, 0.2F, 0.2F};
  const float height = random.uniform(0.42F, 0.5F), wide = random.uniform(0.4F, 0.5F);
  if (random.chance(0.5F)) {  // On a column with a star of feet, as in offices.
    put(mesh, {0.06F, height, 0.06F}, {}, legs);
    for (int i = 0; i < 5; ++i) {
      const float angle = static_cast<float>(i) * 2 * kPi / 5;
      append(mesh, box({0.05F, 0.05F, 0.3F}), rotation_y(angle),
             {std::sin(angle) * 0.15F, 0.04F, std::cos(angle) * 0.15F}, legs);
    }
  } else {
    for (const float x : {-0.45F, 0.45F}) {
      for (const float z : {-0.45F, 0.45F})
        put(mesh, {0.035F, height, 0.035F}, {x * wide, 0, z * wide}, legs);
    }
  }
  append(mesh, superellipsoid({wide, 0.09F, wide}, 0.3F), {}, {0, height, 0}, seat);
  append(mesh, superellipsoid({wide, random.uniform(0.25F, 0.55F), 0.07F}, 0.3F), rotation_x(0.12F),
         {0, height + 0.15F, wide * 0.5F}, seat);
  for (const float x : {-0.3F, 0.3F})
    put(mesh, {0.03F, 0.25F, 0.03F}, {x * wide, height, wide * 0.45F}, legs);
  return with_bounds(std::move(mesh));
}

Mesh sofa(Random& random, float width) {
  Mesh mesh;
  const Vec3 color = cloth(random);
  const float depth = random.uniform(0.8F, 1), soft = random.uniform(0.15F, 0.4F);
  put(mesh, {width, 0.22F, depth}, {0, 0.08F, 0}, color * 0.9F);
  const int seats = std::max(1, static_cast<int>(width / 0.75F));
  const float seat = (width - 0.3F) / static_cast<float>(seats);
  for (int i = 0; i < seats; ++i) {
    const float x = (static_cast<float>(i) + 0.5F) * seat - (width - 0.3F) / 2;
    append(mesh, superellipsoid({seat, 0.2F, depth * 0.8F}, soft), {}, {x, 0.28F, -0.08F}, color);
    append(mesh, superellipsoid({seat, 0.5F, 0.25F}, soft), rotation_x(0.2F),
           {x, 0.4F, depth * 0.33F}, color);
    if (random.chance(0.4F)) {
      append(mesh, superellipsoid({0.42F, 0.42F, 0.16F}, 0.5F), rotation_x(0.4F), {x, 0.47F, 0.05F},
             cloth(random));
    }
  }
  for (const float side : {-1.0F, 1.0F}) {
    append(mesh, superellipsoid({0.18F, 0.6F, depth}, 0.25F), {},
           {side * (width / 2 - 0.08F), 0.05F, 0}, color);
  }
  return with_bounds(std::move(mesh));
}

Mesh bed(Random& random, float width) {
  Mesh mesh;
  const Vec3 frame = wood(random), linen = Vec3{1, 1, 1} * random.uniform(0.6F, 0.95F),
             cover = cloth(random);
  put(mesh, {width, 0.3F, 2.05F}, {}, frame);
  put(mesh, {width, random.uniform(0.7F, 1.2F), 0.05F}, {0, 0, 1.02F}, frame);
  append(mesh, superellipsoid({width * 0.97F, 0.24F, 2}, 0.2F), {}, {0, 0.26F, 0}, linen);
  const int pillows = width > 1.2F ? 2 : 1;
  for (int i = 0; i < pillows; ++i) {
    const float x = pillows == 1 ? 0 : (static_cast<float>(i) - 0.5F) * width * 0.5F;
    append(mesh, superellipsoid({0.6F, 0.16F, 0.4F}, 0.6F), rotation_y(random.normal(0.1F)),
           {x, 0.48F, 0.72F}, linen);
  }
  Mesh blanket = sheet({width * 1.02F, 0.08F, 1.35F}, 24, 0.85F, random.bits());
  append(mesh, blanket, {}, {0, 0.53F, -0.33F}, cover);
  put(mesh, {width * 1.02F, 0.2F, 1.35F}, {0, 0.3F, -0.33F}, cover);
  return with_bounds(std::move(mesh));
}

Mesh kitchen_units(Random& random, Vec3 size) {
  Mesh mesh;
  const Vec3 color = random.chance(0.6F) ? wood(random) : cloth(random);
  const Vec3 top = wood(random), steel{0.7F, 0.7F, 0.72F};
  put(mesh, {size.x, size.y - 0.04F, size.z * 0.95F}, {}, color * 0.85F);
  put(mesh, {size.x, 0.04F, size.z}, {0, size.y - 0.04F, 0}, top);
  const int doors = std::max(1, static_cast<int>(size.x / random.uniform(0.4F, 0.65F)));
  const float wide = size.x / static_cast<float>(doors);
  for (int i = 0; i < doors; ++i) {
    const float x = (static_cast<float>(i) + 0.5F) * wide - size.x / 2;
    const int drawers = random.chance(0.3F) ? 3 : 1;
    for (int d = 0; d < drawers; ++d) {
      const float high = (size.y - 0.16F) / static_cast<float>(drawers);
      const float y = 0.1F + high * static_cast<float>(d);
      put(mesh, {wide * 0.97F, high * 0.96F, 0.02F}, {x, y, -size.z * 0.475F - 0.01F}, color);
      put(mesh, {0.12F, 0.012F, 0.03F}, {x, y + high * 0.85F, -size.z * 0.475F - 0.035F}, steel);
    }
  }
  mesh.size_m = size;
  mesh.top_m = size.y;
  return mesh;
}

Mesh monitor(Vec3 size) {
  Mesh mesh;
  const Vec3 black{0.12F, 0.12F, 0.13F};
  put(mesh, {size.x * 0.4F, 0.015F, 0.18F}, {}, black);
  put(mesh, {0.05F, size.y, 0.03F}, {0, 0, 0.03F}, black);
  put(mesh, {size.x + 0.03F, size.y + 0.03F, 0.04F}, {0, size.y / 2 - 0.015F, 0}, black);
  mesh.size_m = {size.x, size.y * 1.5F, 0.18F};
  return mesh;
}

Mesh keyboard(Random& random) {
  Mesh mesh;
  const Vec3 body = Vec3{1, 1, 1} * random.uniform(0.1F, 0.9F);
  const Vec3 keys = random.chance(0.5F) ? body * 0.7F : Vec3{0.15F, 0.15F, 0.15F};
  put(mesh, {0.44F, 0.015F, 0.14F}, {}, body);
  for (int row = 0; row < 5; ++row) {
    for (int key = 0; key < 18; ++key) {
      put(mesh, {0.018F, 0.01F, 0.019F},
          {static_cast<float>(key) * 0.0235F - 0.2F, 0.014F,
           static_cast<float>(row) * 0.025F - 0.05F},
          keys);
    }
  }
  mesh.size_m = {0.44F, 0.025F, 0.14F};
  return mesh;
}

Mesh desk_lamp(Random& random) {
  Mesh mesh;
  const Vec3 color = cloth(random);
  const std::array<std::pair<float, float>, 4> foot{
      {{0.09F, 0}, {0.09F, 0.02F}, {0.01F, 0.03F}, {0, 0.03F}}};
  append(mesh, lathe(foot, 14), {}, {}, color);
  const Vec3 elbow{random.normal(0.06F), 0.3F, 0.12F},
      head{elbow.x * 2, random.uniform(0.38F, 0.5F), -0.12F};
  const std::array<Vec3, 3> arm{Vec3{0, 0.02F, 0}, elbow, head};
  append(mesh, tube(arm, 0.008F, 0.008F, 6), {}, {}, color);
  const std::array<std::pair<float, float>, 3> shade{{{0.09F, 0}, {0.04F, 0.1F}, {0, 0.12F}}};
  append(mesh, lathe(shade, 14), rotation_x(-0.4F), head - Vec3{0, 0.08F, 0}, color);
  return with_bounds(std::move(mesh));
}

Mesh pot_plant(Random& random, float height) {
  Mesh mesh;
  const float pot = height * random.uniform(0.15F, 0.3F);
  const std::array<std::pair<float, float>, 4> profile{
      {{pot * 0.35F, 0}, {pot * 0.5F, pot}, {pot * 0.42F, pot}, {0, pot * 0.9F}}};
  append(mesh, lathe(profile, 16), {}, {}, cloth(random));
  const Vec3 green{random.uniform(0.15F, 0.4F), random.uniform(0.35F, 0.65F),
                   random.uniform(0.1F, 0.3F)};
  const int leaves = random.integer(14, 50);
  for (int i = 0; i < leaves; ++i) {
    const float angle = random.uniform(0, 2 * kPi), rise = random.uniform(0.35F, 1);
    const float out = height * random.uniform(0.1F, 0.4F) * (1.2F - rise * 0.7F);
    const Vec3 tip{out * std::cos(angle), pot + (height - pot) * rise, out * std::sin(angle)};
    const Vec3 middle = tip * 0.5F + Vec3{0, (height - pot) * 0.2F, 0};
    const std::array<Vec3, 3> stem{Vec3{0, pot * 0.9F, 0}, middle, tip};
    append(mesh, tube(stem, 0.004F, 0.002F, 3), {}, {}, green * 0.7F);
    append(mesh, box({height * 0.07F, 0.004F, height * random.uniform(0.12F, 0.25F)}),
           rotation_y(kPi / 2 - angle) * rotation_x(random.normal(0.5F) + 0.3F), tip,
           green * random.uniform(0.7F, 1.2F));
  }
  return with_bounds(std::move(mesh));
}

Mesh hanging_lamp(Random& random, float drop) {
  Mesh mesh;
  const float r = random.uniform(0.12F, 0.3F), h = r * random.uniform(0.6F, 1.4F);
  const std::array<std::pair<float, float>, 3> shade{
      {{r, 0}, {r * random.uniform(0.2F, 0.9F), h}, {0, h}}};
  append(mesh, lathe(shade, 20), {}, {}, cloth(random));
  const std::array<Vec3, 2> cable{Vec3{0, h, 0}, Vec3{0, h + drop, 0}};
  append(mesh, tube(cable, 0.006F, 0.006F, 5), {}, {}, {0.1F, 0.1F, 0.1F});
  return with_bounds(std::move(mesh));
}

Mesh stairs(float width, int count, float rise, float going, Vec3 color) {
  Mesh mesh;
  for (int i = 0; i < count; ++i) {
    const auto k = static_cast<float>(i);
    put(mesh, {width, rise * (k + 1), going}, {0, 0, going * (k + 0.5F)}, color);
  }
  mesh.size_m = {width, rise * static_cast<float>(count), going * static_cast<float>(count)};
  return mesh;
}
