// Streets and ground under a sky.
#include "compose_parts.hpp"

namespace {

constexpr float kPi = std::numbers::pi_v<float>;

}  // namespace

void light_outdoors(Scene& scene, Random& random, float radius) {
  const float elevation = random.uniform(0.15F, 1.35F), azimuth = random.uniform(0, 2 * kPi);
  scene.key.position =
      scene.target + Vec3{std::cos(azimuth) * std::cos(elevation), std::sin(elevation),
                          std::sin(azimuth) * std::cos(elevation)} *
                         (radius * 8);
  const bool overcast = random.chance(0.35F);
  scene.key.color =
      mix({1, 0.97F, 0.9F}, {1, 0.7F, 0.4F}, random.chance(0.25F) ? random.uniform() : 0) *
      (overcast ? random.uniform(0, 0.2F) : random.uniform(0.6F, 1.8F));
  scene.key.softness = overcast ? 12 : random.log_uniform(0.8F, 4);
  const float ambient = overcast ? random.uniform(0.6F, 1.1F) : random.log_uniform(0.15F, 0.6F);
  scene.ambient_up = Vec3{0.85F, 0.93F, 1.05F} * ambient;
  scene.ambient_down = Vec3{0.9F, 0.85F, 0.75F} * (ambient * random.uniform(0.3F, 0.8F));
  scene.sky.visible = true;
  scene.sky.cloud_seed = random.bits();
  scene.sky.cloud_cover = overcast ? random.uniform(0.6F, 1) : random.uniform(0.1F, 0.6F);
  const float bright = random.uniform(0.5F, 1.1F);
  scene.sky.horizon = mix({0.85F, 0.88F, 0.92F}, {0.95F, 0.75F, 0.55F},
                          random.chance(0.2F) ? random.uniform() : 0) *
                      bright;
  scene.sky.zenith = (overcast ? Vec3{0.7F, 0.74F, 0.8F}
                               : Vec3{random.uniform(0.15F, 0.45F), random.uniform(0.35F, 0.6F),
                                      random.uniform(0.7F, 1)}) *
                     bright;
  scene.fog_color = scene.sky.horizon * scene.sky.horizon;
  if (random.chance(0.5F)) scene.fog_per_metre = random.log_uniform(0.0008F, 0.02F);
}

void add_buildings(Builder& builder, Random& random, float heading) {
  const int count = random.integer(0, 12);
  const bool street = random.chance(0.6F);
  for (int i = 0; i < count; ++i) {
    const Vec3 size{random.log_uniform(5, 22), random.log_uniform(3, 25),
                    random.log_uniform(5, 20)};
    const float along = street ? static_cast<float>(i / 2) * 13.0F - 4 + random.uniform(0, 4)
                               : random.log_uniform(10, 70);
    const float side = street
                           ? (i % 2 == 0 ? 1.0F : -1.0F) * (random.uniform(4.5F, 10) + size.x / 2)
                           : random.normal(20);
    const Vec3 at = rotation_y(heading) * Vec3{side, 0, along + size.z / 2};
    builder.add(builder.own(box(size)), at, heading + (street ? 0 : random.uniform(0, kPi)),
                {1, 1, 1},
                builder.material(random.chance(0.8F) ? TextureKind::kFacade : TextureKind::kAny,
                                 random.log_uniform(2, 9)));
    if (random.chance(0.4F)) {  // A pitched roof.
      const std::array<std::pair<float, float>, 3> roof{{{0.72F, 0}, {0.02F, 0.5F}, {0, 0.5F}}};
      builder.add(builder.own(lathe(roof, 4)), at + Vec3{0, size.y, 0}, heading + kPi / 4,
                  {size.x, size.x * 0.6F, size.z}, builder.material(TextureKind::kAny, 2));
    }
  }
}

// Level ground or hills, often with a road along `heading`; returns what the earth looks like.
Material add_ground(Builder& builder, Random& random, float heading) {
  Material earth = builder.material(random.chance(0.8F) ? TextureKind::kGround : TextureKind::kAny,
                                    random.log_uniform(0.8F, 6));
  if (random.chance(0.5F))
    earth.tint =
        Vec3{random.uniform(0.5F, 1.1F), random.uniform(0.6F, 1.1F), random.uniform(0.3F, 0.9F)};
  if (random.chance(0.6F)) {
    builder.add(builder.own(box({400, 0.1F, 400})), {0, -0.1F, 0}, 0, {1, 1, 1}, earth);
  } else {
    const float hills = random.log_uniform(1, 20);
    // Level where things stand, 25 m around the camera.
    const Mesh* land = builder.own(sheet({300, hills, 300}, 60, 0.7F, random.bits(), 25));
    builder.add(land, {0, 0, 0}, 0, {1, 1, 1}, earth);
  }
  const bool road = random.chance(0.45F);
  if (road) {
    const float width = random.uniform(3, 9);
    const Vec3 side = rotation_y(heading) * Vec3{random.normal(1.5F), 0.01F, 100};
    Material asphalt = builder.material(TextureKind::kGround, random.log_uniform(1, 5));
    asphalt.tint = Vec3{1, 1, 1} * random.uniform(0.4F, 1);
    asphalt.texture_share = random.uniform(0.1F, 0.8F);
    builder.add(builder.own(box({width, 0.03F, 240})), side, heading, {1, 1, 1}, asphalt);
    for (const float edge : {-1.0F, 1.0F}) {
      const Vec3 at = side + rotation_y(heading) * Vec3{edge * (width / 2 + 0.9F), 0, 0};
      builder.add(builder.own(box({1.8F, 0.14F, 240})), at, heading, {1, 1, 1}, builder.plain());
    }
  }
  return earth;
}

namespace {

// People, vehicles, plants, things, poles and fences ahead of the camera.
void scatter_things(Builder& builder, Random& random, float yaw) {
  const auto ahead = [&](float low, float high) {
    const float distance = random.log_uniform(low, high);
    return rotation_y(yaw) * Vec3{random.normal(0.35F) * distance, 0, distance};
  };
  const auto scatter = [&](int most, float low, float high, auto&& mesh) {
    const int count = random.integer(0, most);
    for (int i = 0; i < count; ++i) {
      if (const Mesh* picked = mesh()) builder.stand(picked, 0, ahead(low, high), 0.8F);
    }
  };
  scatter(8, 1.5F, 20, [&] {
    return random.chance(0.7F) ? builder.pick(MeshKind::kPerson) : builder.own(mannequin(random));
  });
  scatter(5, 4, 30, [&] { return builder.pick(MeshKind::kVehicle); });
  scatter(10, 3, 40, [&] {
    return random.chance(0.3F) ? builder.pick(MeshKind::kPlant)
                               : builder.own(tree(random, random.log_uniform(0.6F, 10)));
  });
  scatter(8, 1.2F, 15, [&] { return builder.made_thing(random.log_uniform(0.3F, 2.5F)); });
  scatter(4, 2, 20, [&] { return builder.pick(MeshKind::kFurniture, 0.4F, 3); });
  scatter(4, 2, 30, [&] {  // Poles.
    const std::array<std::pair<float, float>, 2> pole{{{0.07F, 0}, {0.05F, random.uniform(2, 7)}}};
    return builder.own(lathe(pole, 8));
  });
  if (random.chance(0.35F)) {
    const Mesh* fence =
        builder.own(lattice(random, {random.uniform(2, 14), random.uniform(0.7F, 1.8F), 0.1F}));
    builder.add(fence, ahead(2, 14), yaw + random.normal(0.6F));
  }
}

}  // namespace

void compose_outdoors(Builder& builder, Random& random, Scene& scene) {
  const float yaw = random.uniform(0, 2 * kPi);
  const float eye_height =
      random.chance(0.7F) ? random.uniform(1, 2.2F) : random.log_uniform(0.4F, 8);
  builder.block({0, 0, 0}, random.uniform(0.8F, 3));
  const Material earth = add_ground(builder, random, yaw);
  if (random.chance(0.65F)) add_buildings(builder, random, yaw);
  if (random.chance(0.4F)) {  // Mountains on the horizon.
    builder.add(builder.own(sheet({500, random.log_uniform(20, 90), 90}, 40, 0.8F, random.bits())),
                rotation_y(yaw) * Vec3{0, -4, random.log_uniform(90, 260)}, yaw, {1, 1, 1}, earth);
  }
  scatter_things(builder, random, yaw);
  scene.target = rotation_y(yaw) * Vec3{0, 0, 9};
  scene.target_radius = random.log_uniform(12, 40);
  scene.views = {Camera::looking({0, eye_height, 0}, yaw + random.normal(0.2F),
                                 random.normal(0.1F) - 0.03F * eye_height,
                                 random.normal(random.chance(0.3F) ? 0.1F : 0.02F))};
  light_outdoors(scene, random, scene.target_radius);
}
