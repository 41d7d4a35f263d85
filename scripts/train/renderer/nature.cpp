// Land without streets: forests, meadows, beaches and lakes, rocks, snow, mountains.
#include "compose_parts.hpp"
#include "frames.hpp"

namespace {

constexpr float kPi = std::numbers::pi_v<float>;

Vec3 spread(Random& random, float nearest, float farthest) {
  const float z = random.log_uniform(nearest, farthest);
  return {random.uniform(-0.8F, 0.8F) * z, 0, z};
}

// A boulder: a rounded body with a rough surface, its faces flat.
Mesh rock(Random& random, float size) {
  Mesh mesh =
      superellipsoid({size, size * random.uniform(0.4F, 0.9F), size * random.uniform(0.6F, 1)},
                     random.uniform(0.6F, 1));
  const Vec3 phase{random.uniform(0, 6), random.uniform(0, 6), random.uniform(0, 6)};
  for (Triangle& triangle : mesh.triangles) {
    for (Vec3& p : triangle.position) {
      const Vec3 q = p * (7 / size) + phase;
      const float bump = std::sin(q.x + 2 * std::sin(q.y)) + std::sin(q.y * 1.3F + q.z) +
                         0.5F * std::sin(q.z * 2.7F + q.x);
      p = p * (1 + 0.07F * bump);
    }
    const Vec3 face = normalized(cross(triangle.position[1] - triangle.position[0],
                                       triangle.position[2] - triangle.position[0]));
    for (Vec3& normal : triangle.normal) normal = face;
  }
  return with_bounds(std::move(mesh));
}

Mesh conifer(Random& random, float height) {
  Mesh mesh;
  const Vec3 green = Vec3{0.3F, 0.5F, 0.28F} * random.uniform(0.4F, 1);
  append_bar(mesh, {}, {0, height * 0.9F, 0}, height * 0.025F, {0.35F, 0.27F, 0.2F});
  const int rings = random.integer(9, 16);
  for (int i = 0; i < rings; ++i) {
    const float t = static_cast<float>(i) / static_cast<float>(rings);
    const float y = height * (0.12F + 0.88F * t), reach = height * 0.22F * (1.05F - t);
    for (int k = 0; k < 16; ++k) {
      const float angle = random.uniform(0, 2 * kPi), drop = reach * random.uniform(0.1F, 0.5F);
      const Mat3 turn = rotation_y(angle) * rotation_x(std::atan2(drop, reach));
      append(mesh, box({reach * 0.16F, reach * 0.04F, reach}), turn,
             rotation_y(angle) * Vec3{0, y - drop / 2, reach / 2},
             green * random.uniform(0.7F, 1.3F));
    }
  }
  return with_bounds(std::move(mesh));
}

// Blades of grass, with flowers on some, over a disc of `radius`.
Mesh grass(Random& random, float radius, float height) {
  Mesh mesh;
  const Vec3 green{random.uniform(0.3F, 0.65F), random.uniform(0.5F, 0.7F),
                   random.uniform(0.15F, 0.35F)};
  const Vec3 bloom{random.uniform(0.5F, 1), random.uniform(0.2F, 1), random.uniform(0.2F, 1)};
  const bool flowers = random.chance(0.5F);
  for (int i = 0; i < 70; ++i) {
    const float angle = random.uniform(0, 2 * kPi), r = radius * std::sqrt(random.uniform()),
                tall = height * random.uniform(0.4F, 1);
    const Vec3 foot{r * std::cos(angle), 0, r * std::sin(angle)};
    const Vec3 tip = foot + Vec3{random.normal(0.25F), 1, random.normal(0.25F)} * tall;
    const Vec3 side{std::sin(angle * 3) * height * 0.03F, 0, std::cos(angle * 3) * height * 0.03F};
    Triangle blade;
    blade.position[0] = foot - side;
    blade.position[1] = foot + side;
    blade.position[2] = tip;
    for (Vec3& normal : blade.normal) normal = {0, 1, 0};
    blade.color = green * random.uniform(0.7F, 1.2F);
    mesh.triangles.push_back(blade);
    if (flowers && i % 9 == 0)
      append(mesh, box({height * 0.16F, height * 0.05F, height * 0.16F}), rotation_x(0.4F), tip,
             bloom);
  }
  mesh.size_m = {2 * radius, height, 2 * radius};
  return mesh;
}

void add_meadow(Builder& builder, Random& random) {
  const Mesh* patches[3];
  const float height = random.log_uniform(0.12F, 0.7F);
  for (const Mesh*& patch : patches) patch = builder.own(grass(random, 0.8F, height));
  const int count = random.integer(100, 400);
  for (int i = 0; i < count; ++i) {
    builder.add(patches[i % 3], spread(random, 1, 22), random.uniform(0, 6), {1, 1, 1}, {});
  }
}

// Trees of a few makes, many of each.
void add_forest(Builder& builder, Random& random, int most, float nearest, float farthest) {
  std::vector<const Mesh*> makes;
  const float kind = random.uniform();
  const float reach = kind < 0.4F ? 4 : 0;  // Of a conifer's branches: none is to hide the rest.
  for (int i = 0; i < 4; ++i) {
    makes.push_back(builder.own(kind < 0.4F   ? conifer(random, random.uniform(4, 16))
                                : kind < 0.7F ? tree(random, random.uniform(4, 12))
                                              : bare_tree(random, random.uniform(5, 14))));
  }
  for (int i = 0; i < most && !builder.is_full(); ++i) {
    const float scale = random.uniform(0.7F, 1.3F);
    builder.add(makes[static_cast<std::size_t>(i % 4)],
                spread(random, nearest + reach, farthest + reach), random.uniform(0, 6),
                {scale, scale, scale}, {});
  }
}

void add_rocks(Builder& builder, Random& random, int most) {
  const Material stone = builder.material(TextureKind::kGround, random.log_uniform(0.5F, 3));
  for (int i = random.integer(most / 3, most); i > 0; --i) {
    const Vec3 at = spread(random, 1.6F, 30);
    const Mesh* mesh =
        builder.own(rock(random, std::min(at.z * 0.5F, random.log_uniform(0.15F, 4))));
    builder.add(mesh, at - Vec3{0, mesh->size_m.y * 0.2F, 0}, random.uniform(0, 6), {1, 1, 1},
                stone);
  }
}

void add_mountains(Builder& builder, Random& random, const Material& earth) {
  const int ranges = random.integer(1, 3);
  for (int i = 0; i < ranges; ++i) {
    const float away = random.log_uniform(90, 280), height = away * random.uniform(0.2F, 0.7F);
    builder.add(builder.own(sheet({600, height, away}, 48, 0.8F, random.bits())),
                {0, -4, away * 1.4F}, 0, {1, 1, 1}, earth);
  }
}

// Water from some metres ahead on, with boats and another shore; returns where it starts.
float add_water(Builder& builder, Random& random, const Scene& scene) {
  Material water;
  water.tint = mix(scene.sky.horizon, scene.sky.zenith, random.uniform(0, 1)) *
               random.uniform(0.5F, 1.6F) * Vec3{0.85F, 1, 1.05F};
  water.shine = random.uniform(0.3F, 1);
  const float waves = random.log_uniform(0.01F, 0.5F), start = random.uniform(1.5F, 9);
  builder.add(builder.own(box({600, 0.05F, 500})), {0, -0.05F - waves * 0.4F, start + 249}, 0,
              {1, 1, 1}, water);
  builder.add(builder.own(sheet({90, waves, 70}, 90, 0.95F, random.bits())), {0, 0.02F, start + 36},
              random.normal(0.03F), {1, 1, 1}, water);
  if (random.chance(0.5F)) {  // The other shore.
    const float away = random.log_uniform(30, 200);
    builder.add(builder.own(sheet({400, random.uniform(3, 30), 60}, 40, 0.8F, random.bits())),
                {0, 0, away + start + 30}, 0, {1, 1, 1}, builder.material(TextureKind::kGround, 4));
  }
  const int afloat = random.integer(0, 4);
  for (int i = 0; i < afloat; ++i) {  // Boats and buoys.
    const Vec3 at = Vec3{0, 0, start} + spread(random, 3, 40);
    const float size = random.log_uniform(0.4F, 6);
    builder
        .add(builder.own(superellipsoid({size * 0.35F, size * 0.25F, size}, 0.6F)),
             at - Vec3{0, size * 0.1F, 0}, random.uniform(0, 6), {1, 1, 1}, builder.plain())
        .movable = true;
    if (size < 2) continue;
    Mesh sail;
    append_bar(sail, {}, {0, size * 1.3F, 0}, size * 0.02F, {0.6F, 0.5F, 0.4F});
    append(sail, box({0.02F, size, size * 0.4F}), {}, {0, size * 0.25F, size * 0.22F},
           {0.9F, 0.9F, 0.88F});
    builder.add(builder.own(with_bounds(std::move(sail))), at, random.uniform(0, 6), {1, 1, 1}, {});
  }
  return start;
}

}  // namespace

void compose_nature(Builder& builder, Random& random, Scene& scene) {
  scene.target = {0, 1, 9};
  scene.target_radius = random.log_uniform(10, 30);
  light_outdoors(scene, random, scene.target_radius);
  Material earth = builder.material(TextureKind::kGround, random.log_uniform(0.8F, 4));
  const bool snow = random.chance(0.15F);
  if (snow) {
    earth.tint = {2.2F, 2.25F, 2.35F};
    earth.texture_share = random.uniform(0.05F, 0.3F);
  } else if (random.chance(0.5F)) {
    earth.tint = {random.uniform(0.6F, 1.1F), random.uniform(0.8F, 1.2F),
                  random.uniform(0.3F, 0.7F)};
  }
  const int kind = random.integer(0, 3);  // Forest, meadow, water, rocks.
  const bool hills = random.chance(0.5F) && kind != 2;
  builder.add(
      hills ? builder.own(sheet({300, random.log_uniform(2, 25), 300}, 60, 0.7F, random.bits(), 22))
            : builder.own(box({500, 0.1F, 500})),
      {0, hills ? 0 : -0.1F, 0}, 0, {1, 1, 1}, earth);
  const float land_end = kind == 2 ? add_water(builder, random, scene) : 50;
  if (kind == 0)
    add_forest(builder, random, random.integer(15, 70), random.uniform(1.8F, 4),
               random.log_uniform(20, 60));
  if (kind == 1 && !snow) add_meadow(builder, random);
  if (kind == 3 || random.chance(0.5F)) add_rocks(builder, random, kind == 3 ? 50 : 12);
  if (random.chance(0.5F)) add_mountains(builder, random, earth);
  if (kind != 0 && kind != 2 && random.chance(0.6F))
    add_forest(builder, random, random.integer(2, 14), 6, 50);
  if (land_end > 4 && kind == 2) add_forest(builder, random, random.integer(0, 4), 2.5F, land_end);
  for (int i = random.chance(0.6F) ? random.integer(1, 4) : 0; i > 0; --i) {
    const Mesh* mesh = random.chance(0.6F)
                           ? builder.pick(MeshKind::kPerson)
                           : builder.own(creature(random, random.uniform(0.4F, 1.3F)));
    if (mesh != nullptr)
      builder.stand(mesh, 0, spread(random, 1.8F, std::clamp(land_end, 2.0F, 15.0F)), 0.4F);
  }
  const float eye = random.chance(0.75F) ? random.uniform(0.7F, 2) : random.log_uniform(0.25F, 7);
  scene.views = {Camera::looking({0, eye + 0.05F, 0}, random.normal(0.15F),
                                 random.normal(0.12F) - 0.03F * eye,
                                 random.normal(random.chance(0.3F) ? 0.1F : 0.02F))};
}
