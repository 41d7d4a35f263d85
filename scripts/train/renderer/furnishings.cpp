// What stands and hangs in an interior: furniture along the walls, desks, lamps, people.
#include "interior_parts.hpp"

namespace {

constexpr float kPi = std::numbers::pi_v<float>;

// A flat thing that shows a photograph: its depth is that of its front.
void add_screen(Builder& builder, Random& random, Vec3 size, Vec3 at, float yaw, float glow) {
  Material screen = builder.material(random.chance(0.7F) ? TextureKind::kPhoto : TextureKind::kAny,
                                     std::max(size.x, size.y) * random.uniform(1, 1.6F));
  screen.glow = glow;
  builder.add(builder.own(box({size.x, size.y, 0.004F})), at, yaw, {1, 1, 1}, screen);
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

}  // namespace

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
