// Bookcases before a wall, as the depth cameras of laboratories see them.
#include "interior_parts.hpp"

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
