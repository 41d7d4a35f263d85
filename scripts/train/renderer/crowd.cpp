// Many of a kind at many distances: crowds, traffic, squares with stairs and fountains.
#include "compose_parts.hpp"
#include "fittings.hpp"

namespace {

constexpr float kPi = std::numbers::pi_v<float>;

void add_people(Builder& builder, Random& random, int count, float nearest, float farthest) {
  std::vector<const Mesh*> people;  // Few makes, in many colours and sizes.
  for (int i = 0; i < 6; ++i) {
    const Mesh* person = random.chance(0.5F) ? builder.pick(MeshKind::kPerson, 1.2F) : nullptr;
    people.push_back(person != nullptr ? person : builder.own(mannequin(random)));
  }
  for (int i = 0; i < count && !builder.is_full(); ++i) {
    const float z = random.log_uniform(nearest, farthest);
    builder.stand(people[static_cast<std::size_t>(i % 6)], 0,
                  {random.uniform(-0.6F, 0.6F) * z, 0, z}, 0.5F, random.uniform(0.88F, 1.05F));
  }
}

// A vehicle of boxes: car, van, lorry or bus, its front at -z.
Mesh vehicle(Random& random) {
  Mesh mesh;
  const bool tall = random.chance(0.3F);
  const Vec3 paint = random.chance(0.5F)
                         ? Vec3{1, 1, 1} * random.uniform(0.1F, 0.95F)
                         : Vec3{random.uniform(0.1F, 0.9F), random.uniform(0.1F, 0.7F),
                                random.uniform(0.1F, 0.8F)};
  const Vec3 glass{0.12F, 0.14F, 0.17F}, rubber{0.08F, 0.08F, 0.08F};
  const float width = tall ? random.uniform(2, 2.5F) : 1.75F,
              length_m = tall ? random.uniform(5, 12) : random.uniform(3.6F, 4.7F);
  const float height = tall ? random.uniform(2.2F, 3.3F) : random.uniform(1.35F, 1.7F);
  if (tall) {
    append(mesh, box({width, height - 0.4F, length_m}), {}, {0, 0.4F, 0}, paint);
    append(mesh, box({width * 0.9F, height * 0.3F, 0.05F}), {}, {0, height * 0.5F, -length_m / 2},
           glass);
    for (const float side : {-1.0F, 1.0F}) {
      append(mesh, box({0.04F, height * 0.28F, length_m * 0.85F}), {},
             {side * width / 2, height * 0.55F, 0}, random.chance(0.5F) ? glass : paint * 0.8F);
    }
  } else {
    append(mesh, superellipsoid({width, height * 0.58F, length_m}, 0.28F), {}, {0, 0.25F, 0},
           paint);
    append(mesh, superellipsoid({width * 0.86F, height * 0.5F, length_m * 0.52F}, 0.4F), {},
           {0, height * 0.5F, 0.15F}, glass);
    append(mesh, superellipsoid({width * 0.8F, 0.1F, length_m * 0.36F}, 0.4F), {},
           {0, height - 0.09F, 0.15F}, paint);
  }
  const std::array<std::pair<float, float>, 4> tyre{
      {{0, 0}, {0.32F, 0}, {0.32F, 0.22F}, {0, 0.22F}}};
  for (const float x : {-1.0F, 1.0F}) {
    for (const float z : {-0.32F, 0.32F}) {
      append(mesh, lathe(tyre, 14), rotation_z(kPi / 2),
             {x * (width / 2 - 0.1F) + 0.11F, 0.32F, z * length_m}, rubber);
    }
    append(mesh, box({0.3F, 0.16F, 0.05F}), {}, {x * width * 0.36F, 0.65F, -length_m / 2 + 0.02F},
           {0.95F, 0.95F, 0.9F});
    append(mesh, box({0.25F, 0.16F, 0.05F}), {}, {x * width * 0.37F, 0.7F, length_m / 2 - 0.02F},
           {0.7F, 0.08F, 0.06F});
  }
  mesh.kind = MeshKind::kVehicle;
  return with_bounds(std::move(mesh));
}

// Rows of vehicles along z, some from the library.
void add_traffic(Builder& builder, Random& random) {
  Material asphalt = builder.material(TextureKind::kGround, 3);
  asphalt.tint = Vec3{1, 1, 1} * random.uniform(0.4F, 0.9F);
  asphalt.texture_share = random.uniform(0.1F, 0.6F);
  const int lanes = random.integer(2, 5);
  const float lane = random.uniform(3, 3.6F),
              left = -lane * random.uniform(0.2F, static_cast<float>(lanes) - 0.2F);
  const float width = lane * static_cast<float>(lanes);
  builder.add(builder.own(box({width, 0.03F, 200})), {left + width / 2, -0.02F, 90}, 0, {1, 1, 1},
              asphalt);
  Mesh marks;
  for (int l = 1; l < lanes; ++l) {
    for (float z = 0; z < 90; z += 9)
      append(marks, box({0.14F, 0.004F, 4}), {}, {static_cast<float>(l) * lane, 0.012F, z},
             {0.85F, 0.85F, 0.82F});
  }
  marks.size_m = {width, 0.01F, 90};
  builder.add(builder.own(std::move(marks)), {left, 0, 0}, 0, {1, 1, 1}, {});
  for (int l = 0; l < lanes; ++l) {
    const float x = left + lane * (static_cast<float>(l) + 0.5F);
    for (float z = random.uniform(4, 14); z < 70 && !builder.is_full();
         z += random.uniform(7, 18)) {
      if (std::abs(x) < 1.5F && z < 7) continue;
      const Mesh* library =
          random.chance(0.4F) ? builder.pick(MeshKind::kVehicle, 1.4F, 8) : nullptr;
      const Mesh* mesh = library != nullptr ? library : builder.own(vehicle(random));
      Instance& placed = builder.add(mesh, {x + random.normal(0.2F), 0, z}, l * 2 < lanes ? 0 : kPi,
                                     {1, 1, 1}, Material{});
      placed.movable = true;
      z += mesh->size_m.z / 2;
    }
  }
}

// A fountain's basins with the water in them.
void add_fountain(Builder& builder, Random& random, Vec3 at) {
  const float r = random.uniform(1.2F, 4);
  const std::array<std::pair<float, float>, 6> basin{
      {{r, 0}, {r, 0.5F}, {r * 0.9F, 0.55F}, {r * 0.88F, 0.3F}, {0.2F, 0.3F}, {0, 0.3F}}};
  const std::array<std::pair<float, float>, 6> bowl{{{r * 0.12F, 0},
                                                     {r * 0.1F, r * 0.5F},
                                                     {r * 0.5F, r * 0.6F},
                                                     {r * 0.5F, r * 0.65F},
                                                     {r * 0.06F, r * 0.62F},
                                                     {0, r * 1.1F}}};
  const Material stone = builder.material(TextureKind::kAny, 1.5F);
  builder.add(builder.own(lathe(basin, 24)), at, 0, {1, 1, 1}, stone);
  builder.add(builder.own(lathe(bowl, 20)), at, 0, {1, 1, 1}, stone);
  Material water;
  water.tint = {0.5F, 0.75F, 0.85F};
  water.shine = 0.8F;
  builder.add(builder.own(sheet({r * 1.2F, 0.05F, r * 1.2F}, 24, 0.95F, random.bits())),
              at + Vec3{0, 0.42F, 0}, 0, {1, 1, 1}, water);
  builder.block(at, r);
}

void add_square(Builder& builder, Random& random) {
  const float away = random.uniform(12, 30);
  const int steps = random.integer(4, 18);
  const float rise = 0.16F, going = random.uniform(0.3F, 0.5F), width = random.uniform(8, 30);
  const Material stone = builder.material(TextureKind::kAny, random.uniform(1, 3));
  builder.add(builder.own(stairs(width, steps, rise, going, {0.7F, 0.68F, 0.64F})),
              {random.normal(3), 0, away}, random.normal(0.15F), {1, 1, 1}, stone);
  const float top = rise * static_cast<float>(steps),
              back = away + going * static_cast<float>(steps);
  const float r = random.uniform(0.3F, 0.7F), high = random.uniform(5, 12);
  const std::array<std::pair<float, float>, 5> profile{
      {{r * 1.4F, 0}, {r, 0.4F}, {r * 0.85F, high - 0.5F}, {r * 1.4F, high}, {0, high}}};
  const Mesh* column = builder.own(lathe(profile, 18));
  for (float x = -width / 2 + 1; x < width / 2; x += random.uniform(2.2F, 3.5F))
    builder.add(column, {x, top, back + 1}, 0, {1, 1, 1}, stone);
  builder.add(builder.own(box({width + 2, 1.4F, 3})), {0, top + high, back + 1.5F}, 0, {1, 1, 1},
              stone);
  builder.add(builder.own(box({width, top + high, 6})), {0, 0, back + 7}, 0, {1, 1, 1},
              builder.material(TextureKind::kFacade, 6));
  builder.add(builder.own(box({width + 4, top, 8})), {0, 0, back + 4}, 0, {1, 1, 1}, stone);
  if (random.chance(0.7F))
    add_fountain(builder, random, {random.normal(3), 0, random.uniform(5, away - 4)});
}

}  // namespace

void compose_crowd(Builder& builder, Random& random, Scene& scene) {
  builder.block({0, 0, 0}, 1.5F);
  const int kind = random.integer(0, 2);  // Crowd, traffic, square.
  Material ground = builder.material(TextureKind::kGround, random.uniform(1, 5));
  ground.tint = ground.tint * random.uniform(0.6F, 1.1F);
  builder.add(builder.own(box({400, 0.1F, 400})), {0, kind == 1 ? -0.12F : -0.1F, 0}, 0, {1, 1, 1},
              ground);
  if (kind == 2) add_square(builder, random);
  if (kind == 1) add_traffic(builder, random);
  if (kind != 2 && random.chance(0.7F)) add_buildings(builder, random, 0);
  if (kind == 0) {
    add_people(builder, random, random.integer(15, 70), 2.5F, 30);
  } else {
    add_people(builder, random, random.integer(0, 14), 4, 30);
  }
  for (int i = random.integer(0, 6); i > 0 && !builder.is_full() && kind != 1; --i) {
    builder.stand(builder.own(tree(random, random.uniform(3, 8))), 0,
                  {random.normal(8), 0, random.uniform(8, 40)}, 3);
  }
  const float eye = random.chance(0.75F) ? random.uniform(1, 2) : random.uniform(2, 8);
  scene.target = {0, 1, random.uniform(6, 14)};
  scene.target_radius = random.log_uniform(10, 30);
  scene.views = {Camera::looking({0, eye, 0}, random.normal(0.12F),
                                 random.normal(0.08F) - 0.03F * eye,
                                 random.normal(random.chance(0.3F) ? 0.1F : 0.02F))};
  light_outdoors(scene, random, scene.target_radius);
}
