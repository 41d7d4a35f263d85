// Furnished interiors with windows on a bright outside and doorways to a second room.
#include "compose_parts.hpp"
#include "fittings.hpp"

namespace {

constexpr float kPi = std::numbers::pi_v<float>;
constexpr float kWallThickness_m = 0.16F;

enum class Style { kLiving, kBedroom, kOffice, kKitchen, kWorkshop, kCorridor, kHall };

struct Side {
  float length = 0, distance = 0;  // Along the wall; from the room's middle to its inside.
  float yaw = 0;
  bool windows = false;
  std::vector<Opening> openings;

  Vec3 at(float along, float out, float height = 0) const {
    return rotation_y(yaw) * Vec3{along, height, distance - out};
  }
};

struct Interior {
  Style style;
  Room room;
  std::array<Side, 4> sides;
};

Room size_of(Style style, Random& random) {
  switch (style) {
    case Style::kCorridor:
      return {random.uniform(1.4F, 2.6F), random.uniform(2.3F, 3), random.uniform(8, 22)};
    case Style::kHall:
      return {random.uniform(8, 18), random.uniform(3.5F, 8), random.uniform(10, 26)};
    case Style::kOffice:
      return {random.uniform(3, 9), random.uniform(2.5F, 3), random.uniform(4, 11)};
    default:
      return {random.uniform(2.8F, 6), random.uniform(2.3F, 3), random.uniform(3.2F, 7)};
  }
}

// Openings from left to right: one door, or windows of one size, or nothing.
void choose_openings(Side& side, Random& random, const Room& room, Style style) {
  const float kind = random.uniform();
  const bool doors = style == Style::kCorridor ? side.length > 4 || kind < 0.4F : kind < 0.3F;
  side.windows = !doors && kind < 0.75F;
  if (doors) {
    const float width = random.uniform(0.75F, 1.1F) * (random.chance(0.15F) ? 2.0F : 1.0F);
    if (side.length < width + 0.4F) return;
    const float left = random.uniform(-side.length / 2 + 0.15F, side.length / 2 - width - 0.15F);
    side.openings.push_back({left, left + width, 0, std::min(2.05F, room.height - 0.1F)});
  } else if (side.windows) {
    const float width = random.log_uniform(0.6F, 2.6F), gap = random.uniform(0.2F, 1.2F);
    const float bottom = random.chance(0.2F) ? 0.1F : random.uniform(0.7F, 1.1F);
    const float top = std::min(room.height - 0.15F, bottom + random.uniform(1, 2.2F));
    for (float left = -side.length / 2 + 0.2F + gap / 2; left + width < side.length / 2 - 0.15F;
         left += width + gap) {
      side.openings.push_back({left, left + width, bottom, top});
    }
  }
}

// A second room behind a doorway, with something in it.
void add_next_room(Builder& builder, Random& random, const Side& side, float height) {
  const float middle = (side.openings[0].left + side.openings[0].right) / 2;
  const float width = random.uniform(2, 4), depth = random.uniform(1.5F, 5);
  const auto slab = [&](Vec3 size, float along, float beyond, float y, const Material& material) {
    builder.add(builder.own(box(size)), side.at(middle + along, -kWallThickness_m - beyond, y),
                side.yaw, {1, 1, 1}, material);
  };
  const Material walls = builder.plain();
  slab({width, 0.08F, depth}, 0, depth / 2, -0.1F, builder.material(TextureKind::kAny, 1.5F));
  slab({width, 0.1F, depth}, 0, depth / 2, height, walls);
  slab({width, height, 0.1F}, 0, depth, 0, walls);
  slab({0.1F, height, depth}, -width / 2, depth / 2, 0, walls);
  slab({0.1F, height, depth}, width / 2, depth / 2, 0, walls);
  const Mesh* piece = random.chance(0.6F)
                          ? builder.pick(MeshKind::kFurniture, 0.4F, 2)
                          : builder.own(bookcase(random, {1, random.uniform(0.8F, 2), 0.35F}));
  if (piece == nullptr) return;
  builder.add(piece,
              side.at(middle + random.normal(0.3F),
                      -kWallThickness_m - depth + piece->size_m.z / 2 + 0.06F),
              side.yaw, {1, 1, 1}, random.chance(0.6F) ? Material{} : builder.for_object(*piece));
}

// What covers a window from inside, in part.
void dress_window(Builder& builder, Random& random, const Side& side, const Opening& opening) {
  const float width = opening.right - opening.left, height = opening.top - opening.bottom;
  const float middle = (opening.left + opening.right) / 2;
  if (random.chance(0.5F)) {
    const float drop = random.chance(0.5F) ? opening.top + 0.05F : height + 0.2F;
    for (const float edge : {-1.0F, 1.0F}) {
      const float part = width * random.uniform(0.12F, 0.35F);
      builder.add(
          builder.own(curtain(random, {part, drop, 0.07F})),
          side.at(middle + edge * (width / 2 - part / 2 + 0.1F), 0.12F, opening.top + 0.08F - drop),
          side.yaw, {1, 1, 1},
          random.chance(0.6F) ? Material{} : builder.material(TextureKind::kAny, 0.6F));
    }
  } else if (random.chance(0.35F)) {
    const float part = height * random.uniform(0.2F, 1);
    builder.add(builder.own(blind(random, {width * 0.97F, part, 0.03F})),
                side.at(middle, 0.03F, opening.top - part), side.yaw, {1, 1, 1}, {});
  }
}

void add_wall(Builder& builder, Random& random, const Side& side, const Room& room,
              const Material& material, Vec3 trim) {
  builder.add(builder.own(wall_with_openings(
                  {side.length + kWallThickness_m, room.height, kWallThickness_m}, side.openings)),
              side.at(0, -kWallThickness_m / 2), side.yaw, {1, 1, 1}, material);
  std::vector<Opening> gaps;
  for (const Opening& opening : side.openings) {
    if (opening.bottom == 0)
      gaps.push_back({opening.left - 0.05F, opening.right + 0.05F, 0, 0.08F});
    const Vec3 at = side.at(0, -kWallThickness_m / 2);
    if (side.windows) {
      builder.add(builder.own(window_frame(random, opening, kWallThickness_m)), at, side.yaw,
                  {1, 1, 1}, {});
      dress_window(builder, random, side, opening);
      continue;
    }
    builder.add(builder.own(door_casing(opening, kWallThickness_m, trim)), at, side.yaw, {1, 1, 1},
                {});
    if (random.chance(0.35F)) {  // The door is closed.
      const float width = opening.right - opening.left;
      builder.add(builder.own(door(random, {width, opening.top, 0.05F})),
                  side.at((opening.left + opening.right) / 2, -kWallThickness_m / 2), side.yaw,
                  {1, 1, 1}, {});
    }
    add_next_room(builder, random, side, room.height);
  }
  Material skirting;
  skirting.tint = trim * 1.5F;
  builder.add(builder.own(wall_with_openings({side.length, 0.08F, 0.03F}, gaps)), side.at(0, 0.01F),
              side.yaw, {1, 1, 1}, skirting);
}

void add_shell(Builder& builder, Random& random, Interior& interior) {
  const Room& room = interior.room;
  const auto wall_surface = [&] {
    Material material = random.chance(0.6F)
                            ? builder.plain()
                            : builder.material(TextureKind::kAny, random.log_uniform(0.5F, 3));
    if (random.chance(0.5F))
      material.tint = mix({1.4F, 1.36F, 1.3F}, material.tint, random.uniform(0, 0.4F));
    return material;
  };
  const Material walls = wall_surface(), accent = random.chance(0.25F) ? wall_surface() : walls;
  const Vec3 trim = random.chance(0.6F) ? Vec3{0.9F, 0.9F, 0.88F} : Vec3{0.5F, 0.35F, 0.22F};
  for (int s = 0; s < 4; ++s) {
    Side& side = interior.sides[static_cast<std::size_t>(s)];
    side.length = s % 2 == 0 ? room.width : room.depth;
    side.distance = (s % 2 == 0 ? room.depth : room.width) / 2;
    side.yaw = static_cast<float>(s) * kPi / 2;
    choose_openings(side, random, room, interior.style);
    add_wall(builder, random, side, room, s == 0 ? accent : walls, trim);
  }
  const float edge = 2 * kWallThickness_m;
  const Mesh* slab = builder.own(box({room.width + edge, 0.1F, room.depth + edge}));
  builder.add(slab, {0, -0.1F, 0}, 0, {1, 1, 1},
              builder.material(random.chance(0.8F) ? TextureKind::kAny : TextureKind::kGround,
                               random.log_uniform(0.4F, 2)));
  Material ceiling = builder.plain();
  if (random.chance(0.8F)) ceiling.tint = Vec3{1, 1, 1} * random.uniform(1.2F, 2);
  builder.add(slab, {0, room.height, 0}, 0, {1, 1, 1}, ceiling);
}

// Ground, houses and trees that shine as bright as a day does beside a room.
void add_outside(Builder& builder, Random& random, Scene& scene, const Room& room) {
  const float glow = random.log_uniform(0.4F, 3),
              ground = -random.uniform(0.3F, 1) * (random.chance(0.5F) ? 1.0F : 12.0F);
  const auto bright = [&](Material material) {
    material.glow = glow * random.uniform(0.6F, 1.2F);
    return material;
  };
  builder.add(builder.own(box({300, 0.1F, 300})), {0, ground - 0.1F, 0}, 0, {1, 1, 1},
              bright(builder.material(TextureKind::kGround, 3)));
  const float reach = std::max(room.width, room.depth) + 3;
  const int things = random.integer(4, 16);
  for (int i = 0; i < things; ++i) {
    const float angle = random.uniform(0, 2 * kPi), away = reach * random.log_uniform(1, 6);
    const Vec3 at{away * std::sin(angle), ground, away * std::cos(angle)};
    if (random.chance(0.5F)) {
      Material green;
      green.glow = glow;
      builder.add(builder.own(tree(random, random.uniform(2, 9))), at, angle, {1, 1, 1}, green);
    } else {
      const float side = random.uniform(4, 8);
      builder.add(builder.own(box({side, random.uniform(3, 16), side})),
                  at * 1.6F - Vec3{0, ground * 0.6F, 0}, angle, {1, 1, 1},
                  bright(builder.material(TextureKind::kFacade, random.uniform(3, 7))));
    }
  }
  scene.sky.visible = true;
  scene.sky.cloud_seed = random.bits();
  scene.sky.cloud_cover = random.uniform(0, 0.9F);
  const float light = random.uniform(0.8F, 1.5F);
  scene.sky.horizon = Vec3{0.9F, 0.93F, 0.96F} * light;
  scene.sky.zenith = Vec3{random.uniform(0.4F, 0.8F), 0.75F, 0.95F} * light;
}

// A flat thing that shows a photograph: its depth is that of its front.
void add_screen(Builder& builder, Random& random, Vec3 size, Vec3 at, float yaw, float glow) {
  Material screen = builder.material(random.chance(0.7F) ? TextureKind::kPhoto : TextureKind::kAny,
                                     std::max(size.x, size.y) * random.uniform(1, 1.6F));
  screen.glow = glow;
  builder.add(builder.own(box({size.x, size.y, 0.004F})), at, yaw, {1, 1, 1}, screen);
}

void set_up_desk(Builder& builder, Random& random, const Mesh& desk_mesh, Vec3 at, float yaw) {
  const auto on_top = [&](float x, float z) {
    return at + rotation_y(yaw) * Vec3{x, desk_mesh.top_m, z};
  };
  const int monitors = random.integer(0, desk_mesh.size_m.x > 1.3F ? 2 : 1);
  for (int i = 0; i < monitors; ++i) {
    const Vec3 size{random.uniform(0.4F, 0.62F), random.uniform(0.26F, 0.36F), 0};
    const float turn = yaw + random.normal(0.15F),
                x = (static_cast<float>(i) - 0.5F * static_cast<float>(monitors - 1)) * 0.66F;
    const Vec3 foot = on_top(x, 0.1F);
    builder.add(builder.own(monitor(size)), foot, turn, {1, 1, 1}, {});
    add_screen(builder, random, size, foot + rotation_y(turn) * Vec3{0, size.y / 2, -0.023F}, turn,
               random.chance(0.7F) ? random.uniform(0.4F, 1.5F) : 0);
  }
  if (monitors > 0)
    builder.add(builder.own(keyboard(random)), on_top(random.normal(0.1F), -0.16F),
                yaw + random.normal(0.1F), {1, 1, 1}, {});
  if (random.chance(0.5F))
    builder.add(builder.own(desk_lamp(random)), on_top(desk_mesh.size_m.x * 0.4F, 0.1F),
                yaw + random.normal(1), {1, 1, 1}, {});
  builder.cover(on_top(0, 0), desk_mesh.size_m.x * 0.33F,
                std::min(desk_mesh.size_m.x, desk_mesh.size_m.z) * 0.33F, random.integer(1, 8),
                0.16F);
  if (random.chance(0.8F)) {
    const Vec3 before =
        at + rotation_y(yaw) * Vec3{random.normal(0.1F), 0, -desk_mesh.size_m.z / 2 - 0.2F};
    builder.add(builder.own(chair(random)), before, yaw + kPi + random.normal(0.5F), {1, 1, 1}, {})
        .movable = true;
  }
}

// One piece of furniture of the style that stands with its back to a wall.
const Mesh* wall_piece(Builder& builder, Random& random, Style style, float low_top) {
  const float kind = random.uniform();
  const bool low = low_top < 1.8F;
  switch (style) {
    case Style::kLiving:
      if (kind < 0.3F) return builder.own(sofa(random, random.uniform(1, 2.4F)));
      break;
    case Style::kBedroom:
      if (kind < 0.4F) return builder.own(bed(random, random.uniform(0.9F, 1.8F)));
      if (kind < 0.6F && !low)
        return builder.own(kitchen_units(random, {random.uniform(0.8F, 2), 2, 0.6F}));
      break;
    case Style::kOffice:
    case Style::kWorkshop:
      if (kind < 0.55F)
        return builder.own(desk(random, {random.uniform(1, 2), 0.74F, random.uniform(0.6F, 0.8F)}));
      break;
    case Style::kKitchen:
      if (kind < 0.8F)
        return builder.own(kitchen_units(random, {random.uniform(1, 3), 0.9F, 0.6F}));
      if (!low) return builder.own(box({0.6F, random.uniform(1.4F, 2), 0.62F}));
      break;
    default:
      break;
  }
  if (random.chance(0.3F)) {
    return builder.own(bookcase(
        random, {random.uniform(0.6F, 1.6F), low ? low_top * 0.8F : random.uniform(0.8F, 2.1F),
                 random.uniform(0.25F, 0.4F)}));
  }
  if (random.chance(0.2F)) return builder.own(pot_plant(random, random.uniform(0.5F, 1.3F)));
  return builder.pick(MeshKind::kFurniture, 0.4F, low ? 1.1F : 2.1F);
}

// Lines a wall with furniture from left to right, and hangs something over what is low.
void line_wall(Builder& builder, Random& random, const Interior& interior, const Side& side) {
  const bool sparse = interior.style == Style::kCorridor || interior.style == Style::kHall;
  float left = -side.length / 2 + 0.7F * random.uniform();
  while (left < side.length / 2 - 0.5F && !builder.is_full()) {
    if (random.chance(sparse ? 0.7F : 0.2F)) {
      left += random.uniform(0.4F, 1.5F);
      continue;
    }
    float low_top = 9;
    for (const Opening& opening : side.openings) {
      if (opening.right > left && opening.left < left + 2)
        low_top = std::min(low_top, opening.bottom);
    }
    if (low_top < 0.5F) {
      left += 0.5F;
      continue;
    }
    const Mesh* mesh = wall_piece(builder, random, interior.style, low_top);
    if (mesh == nullptr) return;
    const float width = mesh->size_m.x, depth = mesh->size_m.z;
    if (left + width > side.length / 2 || depth > side.distance) {
      left += 0.6F;
      continue;
    }
    const float along = left + width / 2;
    const Vec3 at = side.at(along, depth / 2 + 0.02F);
    const bool made = mesh->kind == MeshKind::kShape;
    builder.add(mesh, at, side.yaw, {1, 1, 1},
                random.chance(made ? 0.8F : 0.5F) ? Material{} : builder.for_object(*mesh));
    builder.block(at, std::min(width, 1.6F) / 2);
    const bool table = mesh->top_m > 0.65F && mesh->top_m < 0.8F && made;
    if (table) {
      set_up_desk(builder, random, *mesh, at, side.yaw);
    } else if (mesh->top_m > 0.3F && mesh->top_m < 1.5F && random.chance(0.8F)) {
      builder.cover(at + Vec3{0, mesh->top_m, 0}, std::min(width, depth * 1.5F) * 0.4F,
                    std::min(width, depth) * 0.35F, random.integer(1, 8), 0.2F);
    }
    if (low_top > 5 && mesh->size_m.y < 1.2F) {
      if (interior.style == Style::kKitchen && random.chance(0.7F)) {
        builder.add(builder.own(kitchen_units(random, {width, 0.65F, 0.34F})),
                    side.at(along, 0.18F, 1.45F), side.yaw, {1, 1, 1}, {});
      } else if (random.chance(0.6F)) {
        const Vec3 size{random.uniform(0.3F, std::max(width, 0.4F)), random.uniform(0.3F, 0.8F), 0};
        builder.add(builder.own(box({size.x + 0.06F, size.y + 0.06F, 0.02F})),
                    side.at(along, 0.012F, 1.37F), side.yaw, {1, 1, 1}, builder.plain());
        add_screen(builder, random, size, side.at(along, 0.025F, 1.4F), side.yaw,
                   random.chance(0.2F) ? 0.8F : 0);
      }
    }
    left += width + (random.chance(0.5F) ? 0.02F : random.uniform(0.1F, 0.9F));
  }
}

// What stands in the middle of the room and hangs from its ceiling.
void fill_middle(Builder& builder, Random& random, const Interior& interior) {
  const Room& room = interior.room;
  const float radius = std::min(room.width, room.depth) * 0.4F;
  const int tables =
      interior.style == Style::kCorridor ? 0 : random.integer(0, room.width > 5 ? 5 : 2);
  for (int i = 0; i < tables && !builder.is_full(); ++i) {
    const Mesh* mesh =
        builder.own(desk(random, {random.uniform(0.7F, 1.8F), random.uniform(0.4F, 0.76F),
                                  random.uniform(0.6F, 1)}));
    if (const Instance* placed =
            builder.stand(mesh, 0, {0, 0, random.normal(0.2F) * room.depth}, radius)) {
      const float yaw = std::atan2(placed->rotation.r0.z, placed->rotation.r0.x);
      set_up_desk(builder, random, *mesh, placed->position, yaw);
    }
  }
  if (interior.style == Style::kHall || random.chance(0.08F)) {
    const float r = random.uniform(0.15F, 0.45F);
    const std::array<std::pair<float, float>, 5> profile{{{r * 1.4F, 0},
                                                          {r * 1.4F, 0.15F},
                                                          {r, 0.25F},
                                                          {r * 0.9F, room.height - 0.2F},
                                                          {r * 1.4F, room.height}}};
    const Mesh* column = builder.own(lathe(profile, 18));
    const Material stone = builder.material(TextureKind::kAny, 1.2F);
    for (float z = -room.depth / 2 + 1.5F; z < room.depth / 2; z += random.uniform(2.5F, 4.5F)) {
      for (const float side : {-1.0F, 1.0F})
        builder.add(column, {side * room.width * 0.3F, 0, z}, 0, {1, 1, 1}, stone);
    }
  }
  if (interior.style == Style::kHall && random.chance(0.5F)) {
    const int steps = static_cast<int>(room.height * 0.6F / 0.17F);
    builder.add(
        builder.own(stairs(random.uniform(1.2F, 3), steps, 0.17F, 0.29F, {0.6F, 0.58F, 0.55F})),
        {random.normal(0.1F) * room.width, 0, room.depth / 2 - 0.29F * static_cast<float>(steps)},
        0, {1, 1, 1}, random.chance(0.5F) ? Material{} : builder.material(TextureKind::kAny, 1));
  }
  const bool panels = interior.style == Style::kOffice || interior.style == Style::kCorridor;
  for (float z = -room.depth / 2 + 1; z < room.depth / 2 - 0.5F; z += random.uniform(1.5F, 3.5F)) {
    Material lamp;
    if (panels) {
      lamp.tint = {2, 2, 1.9F};
      lamp.glow = random.uniform(1, 4);
      builder.add(builder.own(box({0.6F, 0.02F, random.chance(0.5F) ? 0.6F : 1.2F})),
                  {0, room.height - 0.02F, z}, 0, {1, 1, 1}, lamp);
    } else if (random.chance(0.5F)) {
      const Mesh* mesh =
          builder.own(hanging_lamp(random, room.height * random.uniform(0.08F, 0.25F)));
      lamp.glow = random.uniform(0, 2.5F);
      builder.add(mesh, {random.normal(0.1F) * room.width, room.height - mesh->size_m.y, z}, 0,
                  {1, 1, 1}, lamp);
    }
  }
  const int people =
      random.chance(0.45F) ? random.integer(1, interior.style == Style::kHall ? 8 : 3) : 0;
  for (int i = 0; i < people && !builder.is_full(); ++i) {
    const Mesh* person =
        random.chance(0.7F) ? builder.pick(MeshKind::kPerson) : builder.own(mannequin(random));
    if (person != nullptr)
      builder.stand(person, 0, {0, 0, random.normal(0.2F) * room.depth}, radius);
  }
  for (int i = random.integer(0, 5); i > 0 && !builder.is_full(); --i) {
    builder.stand(builder.made_thing(random.log_uniform(0.1F, 0.6F)), 0, {}, radius);
  }
}

// The sun through the windows of one side, or the lamps of any other room.
void light_interior(Scene& scene, Random& random, const Interior& interior) {
  const Room& room = interior.room;
  light_indoors(scene, random, room.height, std::min(room.width, room.depth));
  for (const Side& side : interior.sides) {
    if (!side.windows || side.openings.empty() || !random.chance(0.4F)) continue;
    const float rise = random.uniform(0.25F, 1.0F), turn = side.yaw + random.normal(0.5F);
    scene.key.position = rotation_y(turn) * Vec3{0, std::sin(rise) * 60, std::cos(rise) * 60};
    scene.key.reach = 0;
    scene.key.color = Vec3{1, 0.93F, 0.82F} * random.log_uniform(0.8F, 5);
    scene.key.softness = random.log_uniform(0.8F, 3);
    scene.fill_position = side.at(0, 0.3F, 1.5F);
    scene.fill_color = Vec3{0.9F, 0.95F, 1} * random.uniform(0.3F, 1);
    return;
  }
}

}  // namespace

void float_things(Builder& builder, Random& random, const Room& room, Vec3 eye) {
  const int count = random.integer(10, 40);
  for (int i = 0; i < count && !builder.is_full(); ++i) {
    const float wanted = random.log_uniform(0.06F, 0.6F);
    const Mesh* mesh =
        random.chance(0.45F)
            ? builder.made_thing(wanted)
            : builder.pick(random.chance(0.6F) ? MeshKind::kSmall : MeshKind::kFurniture);
    if (mesh == nullptr) continue;
    const float scale = wanted / std::max({mesh->size_m.x, mesh->size_m.y, mesh->size_m.z, 0.05F});
    const Vec3 at{random.uniform(-0.45F, 0.45F) * room.width,
                  random.uniform(0.1F, 0.9F) * room.height,
                  random.uniform(-0.45F, 0.45F) * room.depth};
    if (length(at - eye) < 0.35F + 1.8F * wanted) continue;
    Instance& thing = builder.add(mesh, at, 0, {scale, scale, scale}, builder.for_object(*mesh));
    thing.rotation = rotation_y(random.uniform(0, 2 * kPi)) * rotation_x(random.normal(1)) *
                     rotation_z(random.normal(1));
    thing.movable = true;
  }
}

void compose_interior(Builder& builder, Random& random, Scene& scene) {
  Interior interior{static_cast<Style>(random.integer(0, 6)), {}, {}};
  if (interior.style >= Style::kCorridor && random.chance(0.3F)) interior.style = Style::kLiving;
  const Room room = interior.room = size_of(interior.style, random);
  add_shell(builder, random, interior);
  add_outside(builder, random, scene, room);
  const Vec3 eye{random.uniform(-0.38F, 0.38F) * room.width,
                 random.uniform(0.6F, std::min(1.9F, room.height - 0.4F)),
                 -random.uniform(0.15F, 0.42F) * room.depth};
  builder.block(eye, 0.7F);
  for (const Side& side : interior.sides) line_wall(builder, random, interior, side);
  fill_middle(builder, random, interior);
  if (random.chance(0.5F)) float_things(builder, random, room, eye);
  scene.target = {-eye.x * 0.4F + random.normal(0.15F) * room.width, 1,
                  room.depth * random.uniform(0.1F, 0.4F)};
  const float yaw =
      std::atan2(scene.target.x - eye.x, scene.target.z - eye.z) + random.normal(0.25F);
  scene.views = {Camera::looking(eye, yaw, random.normal(0.15F) - 0.08F,
                                 random.normal(random.chance(0.3F) ? 0.12F : 0.03F))};
  scene.target_radius = std::max(room.width, room.depth) * 0.6F;
  light_interior(scene, random, interior);
}

// Dark shelves full of books before a bright wall, seen from the front as a fixed camera does.
void compose_shelf_wall(Builder& builder, Random& random, Scene& scene) {
  const Room room = add_room(builder, random, 3.5F, 7);
  const float wall = room.depth / 2,
              distance = random.uniform(1.4F, std::min(3.2F, room.depth - 0.3F));
  Material paint = builder.plain();
  paint.tint = Vec3{1.7F, 1.68F, 1.62F} * random.uniform(0.8F, 1.1F);
  paint.texture_share = 0.05F;
  builder.add(builder.own(box({room.width, room.height, 0.02F})), {0, 0, wall - 0.01F}, 0,
              {1, 1, 1}, paint);
  float left = -random.uniform(0.3F, 0.8F) * distance;
  const int cases = random.integer(1, 3);
  for (int i = 0; i < cases; ++i) {
    const Vec3 size{random.uniform(0.6F, 1.2F),
                    random.uniform(1, std::min(2.2F, room.height - 0.1F)),
                    random.uniform(0.24F, 0.4F)};
    const Mesh* mesh = builder.own(bookcase(random, size));
    Material dark;
    dark.tint = Vec3{1, 0.9F, 0.8F} * random.uniform(0.15F, 0.7F);
    const float height = random.chance(0.2F) ? random.uniform(0.1F, 0.6F) : 0;
    const Vec3 at{left + size.x / 2, height, wall - size.z / 2 - 0.02F};
    builder.add(mesh, at, 0, {1, 1, 1}, dark);
    if (random.chance(0.7F))
      builder.cover(at + Vec3{0, mesh->top_m, 0}, size.x * 0.4F, size.z * 0.35F,
                    random.integer(1, 5), 0.3F);
    left += size.x + (random.chance(0.6F) ? 0.01F : random.uniform(0.1F, 0.7F));
  }
  if (random.chance(0.5F)) {
    const Mesh* mesh = builder.own(desk(random, {1.2F, 0.74F, 0.6F}));
    const Vec3 at{random.chance(0.5F) ? left + 0.7F : -left - 0.7F, 0, wall - 0.35F};
    builder.add(mesh, at, 0, {1, 1, 1}, {});
    set_up_desk(builder, random, *mesh, at, 0);
  }
  scene.target = {random.normal(0.15F), random.uniform(0.7F, 1.5F), wall};
  scene.target_radius = 2.5F;
  look_at(scene, random, scene.target, distance, random.normal(0.08F), random.normal(0.2F), &room);
  light_indoors(scene, random, room.height, std::min(room.width, room.depth));
}
