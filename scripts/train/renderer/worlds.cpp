// Scenes in the maps of games: a free place, a look around, and what stands or floats there.
#include "compose_parts.hpp"
#include "world.hpp"

namespace {

constexpr float kPi = std::numbers::pi_v<float>;
constexpr float kFarthest_m = 150;  ///< What is farther from the camera is left out.
constexpr int kPlaces = 60;         ///< Tries to find a place.
constexpr int kTurns = 6;           ///< Views to choose from at each.

using What = WorldHit::What;

// What one would see from a place, in a small picture.
struct Look {
  float sky = 0;       ///< Share of the sky.
  float wrong = 0;     ///< Share of backs of surfaces and of nothing at all: outside, or a hole.
  float close = 0;     ///< Share nearer than 0.35 m.
  float middle_m = 0;  ///< The median of the depth.
  float far_m = 0;     ///< The largest depth.
  float range = 0;     ///< The ratio of the depths at 90 and 10 %.
};

struct Place {
  Vec3 floor, eye;  ///< In the map.
  float yaw = 0, pitch = 0;
  Look look;
};

Vec3 heading(float yaw, float pitch) {
  return {std::sin(yaw) * std::cos(pitch), std::sin(pitch), std::cos(yaw) * std::cos(pitch)};
}

std::vector<WorldTriangle> triangles_of(const World& world) {
  std::vector<WorldTriangle> triangles;
  for (std::uint32_t i = 0; i < world.triangles.size(); ++i) {
    const auto [a, b, c] = world.triangles[i];
    triangles.push_back({{world.positions[a], world.positions[b], world.positions[c]}, 0, i});
  }
  return triangles;
}

Look look_from(const World& world, const std::vector<WorldTriangle>& triangles,
               const Place& place) {
  Camera camera = Camera::looking(place.eye, place.yaw, place.pitch, 0);
  camera.width_px = 48;
  camera.height_px = 36;
  camera.focal_px = 32;
  const Visibility seen = rasterize(triangles, camera);
  const Vec3 forward = heading(place.yaw, place.pitch);
  const float share = 1 / static_cast<float>(seen.triangle.size());
  Look look;
  std::vector<float> depths;
  for (std::size_t i = 0; i < seen.triangle.size(); ++i) {
    if (seen.triangle[i] == Visibility::kNothing) {
      (world.under_sky ? look.sky : look.wrong) += share;
      continue;
    }
    const std::size_t triangle = seen.triangle[i];
    if (world.textures[triangle] == World::kSky) {
      look.sky += share;
      continue;
    }
    const auto [a, b, c] = world.triangles[triangle];
    // Grazed surfaces may show their backs by a turn of the view, so only clear ones count.
    const Vec3 normal = normalized(world.normals[a] + world.normals[b] + world.normals[c]);
    if (dot(normal, forward) > 0.8F) look.wrong += share;
    if (seen.inverse_depth[i] > 1 / 0.35F) look.close += share;
    depths.push_back(1 / seen.inverse_depth[i]);
  }
  if (depths.empty()) return look;
  std::sort(depths.begin(), depths.end());
  look.middle_m = depths[depths.size() / 2];
  look.far_m = depths.back();
  look.range = depths[depths.size() * 9 / 10] / depths[depths.size() / 10];
  return look;
}

bool is_fit(const Look& look) {
  return look.wrong < 0.01F && look.close < 0.08F && look.sky < 0.65F && look.middle_m > 0.8F &&
         look.far_m > 2.2F && look.range > 1.8F;
}

// A place on the floor beside one of the map's spots, with a free view.
std::optional<Place> find_place(const World& world, Random& random) {
  const std::vector<WorldTriangle> triangles = triangles_of(world);
  for (int tries = 0; tries < kPlaces && !world.spots.empty(); ++tries) {
    const Vec3 spot = world.spots[static_cast<std::size_t>(
        random.integer(0, static_cast<int>(world.spots.size()) - 1))];
    // A step aside, as far as no wall is met.
    const Vec3 aside = heading(random.uniform(0, 2 * kPi), 0);
    const float step = random.uniform(0, 4);
    if (world.meet(spot, aside, step + 0.4F).what != What::kNothing) continue;
    const Vec3 above = spot + aside * step;
    const WorldHit below = world.meet(above, {0, -1, 0}, 6);
    if (below.what != What::kFront) continue;
    Place place;
    place.floor = above - Vec3{0, below.distance_m, 0};
    const float height = random.uniform(0.3F, 2.2F);
    place.eye = place.floor + Vec3{0, height, 0};
    if (world.meet(place.floor + Vec3{0, 0.05F, 0}, {0, 1, 0}, height + 0.3F).what !=
        What::kNothing)
      continue;
    place.yaw = random.uniform(0, 2 * kPi);
    place.pitch = random.normal(0.15F) - 0.05F * height + (random.chance(0.1F) ? 0.3F : 0);
    // Of the free views the one with much depth, more or less.
    std::optional<Place> best;
    float best_score = 0;
    for (int turn = 0; turn < kTurns; ++turn, place.yaw += 2 * kPi / kTurns) {
      place.look = look_from(world, triangles, place);
      const float score = std::log(std::max(place.look.range, 1.0F)) + random.uniform(0, 1);
      if (!is_fit(place.look) || score < best_score) continue;
      best_score = score;
      best = place;
    }
    if (best) return best;
  }
  return std::nullopt;
}

// How far the camera can go in any direction.
float clearance(const World& world, const Place& place) {
  float nearest = 3;
  for (int i = 0; i < 12; ++i) {
    const float yaw = static_cast<float>(i % 6) * kPi / 3, pitch = i < 6 ? 0.0F : 0.6F;
    nearest = std::min(nearest, world.meet(place.eye, heading(yaw, pitch), nearest).distance_m);
  }
  return std::min(nearest, place.eye.y - place.floor.y);
}

// A point ahead of the camera with nothing between, `clear_m` of room around, in the map.
std::optional<Vec3> free_point(const World& world, Random& random, const Place& place,
                               float distance_m, float clear_m) {
  const Vec3 direction =
      heading(place.yaw + random.normal(0.35F), place.pitch + random.normal(0.2F));
  if (world.meet(place.eye, direction, distance_m + clear_m).what != What::kNothing)
    return std::nullopt;
  const Vec3 at = place.eye + direction * distance_m;
  for (int side = 0; side < 6; ++side) {
    const Vec3 around = heading(static_cast<float>(side) * kPi / 3, 0);
    if (world.meet(at, around, clear_m).what != What::kNothing) return std::nullopt;
  }
  return at;
}

void stand_things(Builder& builder, Random& random, const World& world, const Place& place) {
  const int count = random.chance(0.3F) ? 0 : random.integer(1, 9);
  const float reach = std::clamp(place.look.middle_m * 1.5F, 2.0F, 14.0F);
  for (int i = 0; i < count; ++i) {
    const float kind = random.uniform();
    const Mesh* mesh = kind < 0.45F  ? builder.pick(MeshKind::kPerson)
                       : kind < 0.7F ? builder.pick(MeshKind::kFurniture, 0.3F, 2.5F)
                       : kind < 0.8F ? builder.pick(MeshKind::kPlant, 0, 3)
                                     : builder.made_thing(random.log_uniform(0.2F, 1));
    if (mesh == nullptr) continue;
    const float half = std::max(mesh->size_m.x, mesh->size_m.z) / 2;
    const auto at =
        free_point(world, random, place, random.log_uniform(1.2F + half, reach + half), half);
    if (!at) continue;
    const WorldHit below = world.meet(*at, {0, -1, 0}, 4);
    if (below.what != What::kFront) continue;
    const Vec3 foot = *at - Vec3{0, below.distance_m, 0};
    if (world.meet(foot + Vec3{0, 0.02F, 0}, {0, 1, 0}, mesh->size_m.y).what != What::kNothing)
      continue;
    builder.add(mesh, foot - place.floor, random.uniform(0, 2 * kPi)).movable = true;
  }
}

void float_in_map(Builder& builder, Random& random, const World& world, const Place& place) {
  const int count = random.integer(1, 10);
  for (int i = 0; i < count; ++i) {
    const float distance = random.log_uniform(0.7F, std::clamp(place.look.middle_m, 1.5F, 8.0F));
    const float size = distance * random.log_uniform(0.06F, 0.4F);
    const auto at = free_point(world, random, place, distance, size);
    if (!at) continue;
    const Mesh* library = random.chance(0.4F) ? builder.pick(MeshKind::kSmall) : nullptr;
    const Mesh* mesh = library != nullptr ? library : builder.made_thing(size);
    const float largest = std::max({mesh->size_m.x, mesh->size_m.y, mesh->size_m.z, 0.02F});
    const float scale = library != nullptr ? size / largest : 1;
    Instance& thing =
        builder.add(mesh, *at - place.floor, 0, {scale, scale, scale}, builder.for_object(*mesh));
    thing.rotation = rotation_y(random.uniform(0, 2 * kPi)) * rotation_x(random.normal(1)) *
                     rotation_z(random.normal(1));
    thing.movable = true;
  }
}

// Land around a map that ends at its border, as high as most of the ground there.
void add_land(Builder& builder, Random& random, const World& world, const Place& place) {
  const auto [low, high] = world.bounds();
  std::vector<float> heights;
  for (int i = 0; i < 24; ++i) {
    const float along = random.uniform(0.02F, 0.98F), inset = 0.3F;
    const float x = i % 4 == 0   ? low.x + inset
                    : i % 4 == 1 ? high.x - inset
                                 : low.x + along * (high.x - low.x);
    const float z = i % 4 == 2   ? low.z + inset
                    : i % 4 == 3 ? high.z - inset
                                 : low.z + along * (high.z - low.z);
    const WorldHit below = world.meet({x, high.y + 1, z}, {0, -1, 0}, 500);
    if (below.what == What::kFront) heights.push_back(high.y + 1 - below.distance_m);
  }
  if (heights.empty()) return;
  std::sort(heights.begin(), heights.end());
  constexpr float kWide_m = 300;
  const float top = heights[heights.size() / 3];
  const Vec3 size = high - low, middle = (low + high) * 0.5F;
  const Material earth = builder.material(TextureKind::kGround, random.log_uniform(1, 6));
  const auto lay = [&](Vec3 extent, float x, float y, float z) {
    builder.add(builder.own(box({extent.x, 0.1F, extent.z})), Vec3{x, y - 0.1F, z} - place.floor, 0,
                {1, 1, 1}, earth);
  };
  lay(size, middle.x, low.y, middle.z);  // Under holes in the map.
  for (const float side : {-1.0F, 1.0F}) {
    lay({size.x + 2 * kWide_m, 0, kWide_m}, middle.x, top,
        middle.z + side * (size.z + kWide_m) / 2);
    lay({kWide_m, 0, size.z}, middle.x + side * (size.x + kWide_m) / 2, top, middle.z);
  }
}

void light_map(Scene& scene, Random& random, const World& world, const Place& place) {
  const WorldHit above = world.meet(place.eye, {0, 1, 0}, 100);
  const bool open = above.what == What::kSky || (world.under_sky && above.what == What::kNothing);
  if (open || place.look.sky > 0.03F) {
    light_outdoors(scene, random, scene.target_radius);
    return;
  }
  const float height =
      above.distance_m < 100 ? place.eye.y - place.floor.y + above.distance_m : 4.0F;
  const float spread = std::clamp(place.look.middle_m * 1.5F, 2.0F, 12.0F);
  for (int tries = 0; tries < 6; ++tries) {  // A lamp in the same room.
    light_indoors(scene, random, std::min(height, 6.0F), spread);
    const Vec3 to_lamp = scene.key.position + place.floor - place.eye;
    const float distance = length(to_lamp);
    if (world.meet(place.eye, normalized(to_lamp), distance).what == What::kNothing) break;
  }
  scene.sky.visible = true;  // Should a window come into view.
}

}  // namespace

void compose_world(Builder& builder, Random& random, Scene& scene) {
  std::vector<const World*> worlds;
  for (const World& world : builder.assets().worlds) {
    if (world.held_out == builder.held_out()) worlds.push_back(&world);
  }
  if (worlds.empty()) return compose_outdoors(builder, random, scene);
  const World& world =
      *worlds[static_cast<std::size_t>(random.integer(0, static_cast<int>(worlds.size()) - 1))];
  const std::optional<Place> place = find_place(world, random);
  if (!place) return compose_outdoors(builder, random, scene);

  const float radius = std::clamp(place->look.far_m * 1.5F, 30.0F, kFarthest_m);
  const Vec3 origin = place->floor * -1;  // The scene's origin is the floor below the camera.
  builder.add(builder.own(world.near(place->eye, radius, false)), origin, 0, {1, 1, 1},
              builder.game_surface());
  Material sky;
  sky.sky = true;
  builder.add(builder.own(world.near(place->eye, kFarthest_m, true)), origin, 0, {1, 1, 1}, sky);

  if (world.under_sky) add_land(builder, random, world, *place);

  const Vec3 eye = place->eye - place->floor;
  // The camera moves by up to an eighth of the target's distance: not into walls.
  const float distance = std::min(place->look.middle_m, 7 * clearance(world, *place));
  scene.target = eye + heading(place->yaw, place->pitch) * distance;
  scene.target_radius = std::clamp(place->look.middle_m * 2.5F, 4.0F, 35.0F);
  const float roll = random.normal(random.chance(0.3F) ? 0.12F : 0.02F);
  scene.views = {Camera::looking(eye, place->yaw, place->pitch, roll)};
  light_map(scene, random, world, *place);
  stand_things(builder, random, world, *place);
  if (random.chance(0.35F)) float_in_map(builder, random, world, *place);
}
