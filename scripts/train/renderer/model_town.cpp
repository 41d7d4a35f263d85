// Models on a desk: castles, little towns, parcels and electronic things.
#include "compose_parts.hpp"
#include "fittings.hpp"

namespace {

constexpr float kPi = std::numbers::pi_v<float>;

// Teeth along a wall's top from `from` to `to`.
void append_teeth(Mesh& mesh, Vec3 from, Vec3 to, float size, Vec3 color) {
  const Vec3 along = to - from;
  const int count = std::max(2, static_cast<int>(length(along) / (2 * size)));
  for (int i = 0; i < count; ++i) {
    const float t = (static_cast<float>(i) + 0.5F) / static_cast<float>(count);
    append(mesh, box({size, size, size}), rotation_y(std::atan2(-along.z, along.x)),
           from + along * t, color);
  }
}

void append_windows(Mesh& mesh, Random& random, Vec3 base, float radius, float height, Vec3 color) {
  const int count = random.integer(2, 7);
  for (int i = 0; i < count; ++i) {
    const float angle = random.uniform(0, 2 * kPi), s = height * random.uniform(0.05F, 0.09F);
    const Vec3 at{radius * std::sin(angle), height * random.uniform(0.3F, 0.85F),
                  radius * std::cos(angle)};
    append(mesh, box({s, s * 1.7F, s * 0.5F}), rotation_y(angle), base + at, color * 0.35F);
  }
}

void append_tower(Mesh& mesh, Random& random, Vec3 base, float radius, float height, Vec3 stone,
                  Vec3 roof) {
  const int sides = random.chance(0.3F) ? 4 : random.chance(0.3F) ? 8 : 20;
  const float lip = radius * random.uniform(1.05F, 1.25F);
  const std::array<std::pair<float, float>, 5> body{{{radius * 1.05F, 0},
                                                     {radius, height * 0.85F},
                                                     {lip, height * 0.9F},
                                                     {lip, height},
                                                     {0, height}}};
  append(mesh, lathe(body, sides), rotation_y(kPi / 4), base, stone);
  append_windows(mesh, random, base, radius * (sides == 4 ? 0.72F : 1.0F), height, stone);
  if (random.chance(0.55F)) {
    const float rise = radius * random.uniform(1.2F, 3.2F);
    const std::array<std::pair<float, float>, 2> cone{{{lip * 1.1F, 0}, {0.001F, rise}}};
    append(mesh, lathe(cone, sides), rotation_y(kPi / 4), base + Vec3{0, height, 0}, roof);
    append(mesh, box({0.002F, rise * 0.3F, 0.002F}), {}, base + Vec3{0, height + rise * 0.95F, 0},
           stone * 0.5F);
    return;
  }
  const int teeth = std::max(6, sides == 4 ? 8 : sides / 2);
  for (int i = 0; i < teeth; ++i) {
    const float angle = 2 * kPi * static_cast<float>(i) / static_cast<float>(teeth);
    const float r = sides == 4 ? lip * 0.8F : lip * 0.92F;
    append(mesh, box({radius * 0.3F, radius * 0.35F, radius * 0.15F}), rotation_y(angle),
           base + Vec3{r * std::sin(angle), height, r * std::cos(angle)}, stone);
  }
}

void append_house(Mesh& mesh, Random& random, Vec3 base, Vec3 size, float yaw, Vec3 wall,
                  Vec3 roof) {
  append(mesh, box(size), rotation_y(yaw), base, wall);
  const std::array<std::pair<float, float>, 2> gable{
      {{size.x * 0.62F, 0}, {0.001F, size.x * random.uniform(0.4F, 0.8F)}}};
  Mesh top = lathe(gable, 4);
  for (Triangle& triangle : top.triangles) {
    for (std::size_t k = 0; k < 3; ++k) {
      const Vec3 turned = rotation_y(kPi / 4) * triangle.position[k];
      triangle.position[k] = turned * Vec3{1.25F, 1, size.z / size.x * 1.25F};
      triangle.normal[k] = rotation_y(kPi / 4) * triangle.normal[k];
    }
  }
  append(mesh, top, rotation_y(yaw), base + Vec3{0, size.y, 0}, roof);
  if (random.chance(0.4F)) {
    append(mesh, box({size.x * 0.14F, size.x * 0.6F, size.x * 0.14F}), rotation_y(yaw),
           base + rotation_y(yaw) * Vec3{size.x * 0.2F, size.y, size.z * 0.2F}, wall * 0.8F);
  }
  for (const float side : {-1.0F, 1.0F}) {
    for (float x = -0.3F; x < 0.4F; x += 0.3F) {
      append(mesh, box({size.x * 0.14F, size.y * 0.25F, size.z * 0.03F}), rotation_y(yaw),
             base + rotation_y(yaw) * Vec3{x * size.x, size.y * 0.45F, side * size.z / 2},
             wall * 0.3F);
    }
  }
}

// A castle `size` metres wide: curtain walls with towers around a keep and houses.
Mesh castle(Random& random, float size) {
  Mesh mesh;
  const Vec3 stone = random.chance(0.7F)
                         ? Vec3{1, 0.98F, 0.95F} * random.uniform(0.35F, 0.8F)
                         : Vec3{random.uniform(0.4F, 0.9F), random.uniform(0.4F, 0.8F), 0.5F};
  const Vec3 roof = random.chance(0.5F)
                        ? stone * random.uniform(0.4F, 1)
                        : Vec3{random.uniform(0.2F, 0.7F), 0.3F, random.uniform(0.2F, 0.6F)};
  const float mound = size * random.uniform(0.02F, 0.2F);
  Mesh hill = superellipsoid({size * 1.3F, mound * 2, size * 1.3F}, random.uniform(0.3F, 0.9F));
  for (Triangle& triangle : hill.triangles) {  // Its upper half alone.
    for (Vec3& p : triangle.position) p.y = std::max(p.y - mound, 0.0F);
  }
  append(mesh, hill, {}, {}, stone * 0.8F);
  const int corners = random.integer(4, 7);
  const float wall = size * random.uniform(0.1F, 0.22F),
              thick = size * random.uniform(0.03F, 0.05F);
  std::vector<Vec3> ring;
  for (int i = 0; i < corners; ++i) {
    const float angle = 2 * kPi * (static_cast<float>(i) + random.uniform(-0.2F, 0.2F)) /
                        static_cast<float>(corners);
    const float r = size * random.uniform(0.4F, 0.5F);
    ring.push_back({r * std::cos(angle), mound * 0.6F, r * std::sin(angle)});
  }
  for (std::size_t i = 0; i < ring.size(); ++i) {
    const Vec3 from = ring[i], to = ring[(i + 1) % ring.size()], along = to - from;
    append(mesh, box({length(along), wall, thick}), rotation_y(std::atan2(-along.z, along.x)),
           (from + to) * 0.5F, stone);
    append_teeth(mesh, from + Vec3{0, wall, 0}, to + Vec3{0, wall, 0}, thick * 0.6F, stone);
    append_tower(mesh, random, from, size * random.uniform(0.05F, 0.1F),
                 wall * random.uniform(1.2F, 2.4F), stone, roof);
  }
  const int inner = random.integer(2, 6);
  for (int i = 0; i < inner; ++i) {
    const Vec3 at{random.normal(0.13F) * size, mound * 0.8F, random.normal(0.13F) * size};
    if (i == 0 || random.chance(0.4F)) {
      append_tower(mesh, random, at, size * random.uniform(0.06F, 0.13F),
                   size * random.uniform(0.3F, 0.75F), stone, roof);
    } else {
      const Vec3 house{size * random.uniform(0.12F, 0.25F), size * random.uniform(0.15F, 0.35F),
                       size * random.uniform(0.15F, 0.35F)};
      append_house(mesh, random, at, house, random.uniform(0, kPi),
                   stone * random.uniform(0.8F, 1.1F), roof);
    }
  }
  return with_bounds(std::move(mesh));
}

// Houses in rows along streets on a base plate.
Mesh town(Random& random, float size) {
  Mesh mesh;
  append(mesh, box({size, 0.008F, size}), {}, {},
         Vec3{0.5F, 0.6F, 0.4F} * random.uniform(0.5F, 1.2F));
  const int rows = random.integer(2, 5);
  const float cell = size / static_cast<float>(rows);
  const bool towers = random.chance(0.3F);
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < rows; ++c) {
      if (random.chance(0.15F)) continue;
      const Vec3 at{(static_cast<float>(c) + 0.5F) * cell - size / 2, 0.008F,
                    (static_cast<float>(r) + 0.5F) * cell - size / 2};
      const Vec3 color{random.uniform(0.3F, 0.95F), random.uniform(0.3F, 0.9F),
                       random.uniform(0.25F, 0.85F)};
      const Vec3 house{cell * random.uniform(0.35F, 0.6F),
                       cell * random.uniform(0.3F, towers ? 2.2F : 0.9F),
                       cell * random.uniform(0.35F, 0.65F)};
      if (random.chance(0.12F)) {
        append_tower(mesh, random, at, cell * 0.2F, cell * random.uniform(0.8F, 1.6F), color,
                     color * 0.5F);
      } else {
        append_house(mesh, random, at, house, static_cast<float>(random.integer(0, 3)) * kPi / 2,
                     color, {random.uniform(0.4F, 0.8F), 0.3F, 0.25F});
      }
    }
  }
  return with_bounds(std::move(mesh));
}

// A circuit board with its parts, or an instrument with knobs, sockets and a display.
Mesh electronics(Random& random, float size) {
  Mesh mesh;
  const bool board = random.chance(0.5F);
  const float depth = size * random.uniform(0.5F, 0.9F),
              height = board ? 0.002F : size * random.uniform(0.2F, 0.5F);
  const Vec3 body = board ? Vec3{0.1F, random.uniform(0.25F, 0.5F), random.uniform(0.1F, 0.4F)}
                          : Vec3{1, 1, 1} * random.uniform(0.1F, 0.85F);
  append(mesh, box({size, height, depth}), {}, {}, body);
  const int parts = random.integer(8, 40);
  for (int i = 0; i < parts; ++i) {
    const Vec3 color = Vec3{1, 1, 1} * (random.chance(0.6F) ? 0.12F : random.uniform(0.3F, 0.9F));
    const float s = size * random.log_uniform(0.02F, 0.16F);
    const float x = random.uniform(-0.45F, 0.45F) * size;
    if (board) {
      append(mesh, box({s, random.log_uniform(0.002F, 0.02F), s * random.uniform(0.4F, 1.2F)}), {},
             {x, height, random.uniform(-0.43F, 0.43F) * depth}, color);
    } else {
      const std::array<std::pair<float, float>, 3> knob{
          {{s * 0.4F, 0}, {s * 0.35F, s * 0.4F}, {0, s * 0.4F}}};
      append(mesh, lathe(knob, 10), rotation_x(-kPi / 2),
             {x, random.uniform(0.15F, 0.85F) * height, -depth / 2}, color);
    }
  }
  return with_bounds(std::move(mesh));
}

Mesh subject(Random& random) {
  const float kind = random.uniform();
  if (kind < 0.5F) return castle(random, random.uniform(0.2F, 0.6F));
  if (kind < 0.75F) return town(random, random.uniform(0.3F, 0.7F));
  if (kind < 0.9F) return electronics(random, random.uniform(0.12F, 0.45F));
  return box(
      {random.uniform(0.15F, 0.4F), random.uniform(0.08F, 0.35F), random.uniform(0.15F, 0.4F)});
}

void add_parcels(Builder& builder, Random& random, Vec3 desk_top, float half_width) {
  const int parcels = random.integer(0, 5);
  for (int i = 0; i < parcels; ++i) {
    Material card = builder.plain();
    if (random.chance(0.6F)) card.tint = Vec3{0.62F, 0.45F, 0.28F} * random.uniform(0.7F, 1.6F);
    const Mesh* mesh =
        random.chance(0.7F)
            ? builder.own(box({random.uniform(0.08F, 0.3F), random.uniform(0.03F, 0.25F),
                               random.uniform(0.08F, 0.3F)}))
            : builder.own(electronics(random, random.uniform(0.1F, 0.3F)));
    if (Instance* placed = builder.stand(mesh, desk_top.y, desk_top, half_width))
      placed->material = card;
  }
}

}  // namespace

void compose_model_town(Builder& builder, Random& random, Scene& scene) {
  const Room room = add_room(builder, random, 2.6F, 6);
  const Vec3 size{random.uniform(0.9F, 2), random.uniform(0.7F, 0.8F), random.uniform(0.6F, 1)};
  const Mesh* table = builder.own(desk(random, size));
  const Vec3 spot{random.uniform(-0.2F, 0.2F) * room.width, 0,
                  random.uniform(0, 0.35F) * (room.depth - size.z)};
  builder.add(table, spot, 0, {1, 1, 1},
              random.chance(0.5F) ? Material{} : builder.material(TextureKind::kAny, 1));
  builder.block(spot, size.x / 2);
  furnish(builder, random, room, scene);
  Builder top(builder);  // Knows nothing of what stands on the floor.
  top.clear();
  const Vec3 surface = spot + Vec3{0, size.y, 0};
  const Mesh* model = top.own(subject(random));
  const Vec3 at = surface + Vec3{random.normal(0.06F), 0, random.normal(0.05F)};
  const bool grey = random.chance(0.7F);
  top.add(model, at, random.uniform(0, 2 * kPi), {1, 1, 1},
          grey || random.chance(0.6F) ? Material{} : top.for_object(*model))
      .movable = true;
  top.block(at, std::max(model->size_m.x, model->size_m.z) * 0.55F);
  top.block(at - Vec3{0, 0, model->size_m.z / 2 + 0.25F}, 0.15F);  // The view on the model is free.
  add_parcels(top, random, surface, size.x * 0.42F);
  const int things = random.integer(0, 8);
  for (int i = 0; i < things; ++i) {
    top.stand(top.made_thing(random.log_uniform(0.05F, 0.25F)), size.y, surface, size.x * 0.42F);
  }
  scene.target = at + Vec3{random.normal(0.05F), model->size_m.y * random.uniform(0.2F, 0.7F), 0};
  scene.target_radius = size.x * 0.8F;
  look_at(scene, random, scene.target, random.uniform(0.45F, 1.4F), random.uniform(0.05F, 0.75F),
          random.normal(0.6F), &room);
  light_indoors(scene, random, room.height, std::min(room.width, room.depth));
  if (grey) {  // Diffuse light without a colour, as under a cloudy sky or office lamps.
    scene.ambient_up = Vec3{1, 1, 1} * random.uniform(0.5F, 1);
    scene.ambient_down = scene.ambient_up * random.uniform(0.4F, 0.9F);
    scene.key.color = Vec3{1, 1, 1} * random.uniform(0.2F, 1);
  }
}
