#include "builder.hpp"

Builder::Builder(const Assets& assets, Scene& scene, Random& random, bool held_out)
    : assets_(assets), scene_(scene), random_(random), held_out_(held_out) {}

const Mesh* Builder::pick(MeshKind kind, float low_m, float high_m) {
  std::vector<const Mesh*> fitting;
  for (const Mesh& mesh : assets_.meshes) {
    const float size = std::max({mesh.size_m.x, mesh.size_m.y, mesh.size_m.z});
    if (mesh.kind == kind && mesh.held_out == held_out_ && size >= low_m && size <= high_m) {
      fitting.push_back(&mesh);
    }
  }
  if (fitting.empty()) return nullptr;
  return fitting[static_cast<std::size_t>(
      random_.integer(0, static_cast<int>(fitting.size()) - 1))];
}

const Mesh* Builder::own(Mesh mesh) {
  scene_.own.push_back(std::make_unique<Mesh>(std::move(mesh)));
  return scene_.own.back().get();
}

Vec3 Builder::color() {
  const float value = random_.uniform(0.08F, 0.95F);
  const float kind = random_.uniform();
  if (kind < 0.35F) {
    return Vec3{1, 1, 1} * value +
           Vec3{random_.normal(0.03F), random_.normal(0.02F), random_.normal(0.03F)};
  }
  if (kind < 0.6F)
    return Vec3{1, random_.uniform(0.65F, 0.85F), random_.uniform(0.4F, 0.7F)} * value;
  const float hue = random_.uniform(0, 6), saturation = random_.uniform(0.2F, 0.9F);
  const auto channel = [&](float offset) {
    const float h = std::fmod(hue + offset, 6.0F);
    return 1 - saturation * std::clamp(std::min(h, 4 - h), 0.0F, 1.0F);
  };
  return Vec3{channel(5), channel(3), channel(1)} * value;
}

bool Builder::is_full() const {
  constexpr std::size_t kMostTriangles = 300'000;
  std::size_t count = 0;
  for (const Instance& instance : scene_.instances) count += instance.mesh->triangles.size();
  return count > kMostTriangles;
}

int Builder::texture(TextureKind kind) {
  for (int tries = 0; tries < 3000; ++tries) {
    const int index = random_.integer(0, static_cast<int>(assets_.textures.size()) - 1);
    const auto at = static_cast<std::size_t>(index);
    if (assets_.texture_kinds[at] == kind && assets_.texture_held_out[at] == held_out_)
      return index;
  }
  return 0;
}

Material Builder::material(TextureKind kind, float metres_per_repeat) {
  Material material;
  material.texture = texture(kind);
  material.repeats_per_metre = 1 / metres_per_repeat;
  // Games paint their walls dark; real surfaces reflect a tenth to four fifths.
  const Vec3 mean = assets_.textures[static_cast<std::size_t>(*material.texture)].mean();
  const float albedo = std::max(dot(mean, mean) / 3, 0.01F);
  const float brighter = std::clamp(random_.uniform(0.12F, 0.7F) / albedo, 0.7F, 4.0F);
  // Half of the surfaces take a picture's structure and another colour, with another strength.
  if (random_.chance(0.5F)) {
    material.tint = mix({1, 1, 1}, color() * 1.6F, random_.uniform(0.2F, 1));
    material.texture_share = random_.uniform(0.1F, 1);
  }
  material.tint = material.tint * (1 + (brighter - 1) * material.texture_share);
  if (random_.chance(0.3F)) material.shine = random_.log_uniform(0.05F, 0.8F);
  return material;
}

Material Builder::plain() {
  Material material = Builder::material(TextureKind::kAny, 1);
  material.texture_share = random_.chance(0.5F) ? 0 : random_.uniform(0, 0.2F);
  material.tint = color() * 2.0F;
  return material;
}

Material Builder::game_surface() {
  Material material;
  material.tint = mix({1, 1, 1}, color(), random_.chance(0.4F) ? random_.uniform(0, 0.5F) : 0) *
                  random_.log_uniform(1.5F, 4);
  if (random_.chance(0.15F)) material.shine = random_.log_uniform(0.05F, 0.4F);
  return material;
}

Material Builder::for_object(const Mesh& mesh) {
  const float size = std::max({mesh.size_m.x, mesh.size_m.y, mesh.size_m.z, 0.02F});
  const bool from_library = mesh.kind != MeshKind::kShape;
  if (random_.chance(from_library ? 0.6F : 0.25F)) {
    Material material;
    material.tint =
        mix({1, 1, 1}, color() * 1.5F, random_.chance(0.4F) ? random_.uniform(0, 0.8F) : 0);
    if (random_.chance(0.3F)) material.shine = random_.log_uniform(0.05F, 0.8F);
    return material;
  }
  if (random_.chance(0.4F)) return plain();
  const float kind = random_.uniform();
  return material(kind < 0.6F   ? TextureKind::kAny
                  : kind < 0.8F ? TextureKind::kPhoto
                                : TextureKind::kModel,
                  size * random_.log_uniform(0.3F, 2));
}

Instance& Builder::add(const Mesh* mesh, Vec3 position, float yaw, Vec3 scale, Material material) {
  scene_.instances.push_back({mesh, rotation_y(yaw), position, scale, material, false, {}, 0});
  return scene_.instances.back();
}

Instance* Builder::stand(const Mesh* mesh, float y, Vec3 center, float radius_m, float scale) {
  const float own_radius = 0.5F * scale *
                           std::min(std::hypot(mesh->size_m.x, mesh->size_m.z),
                                    1.15F * std::max(mesh->size_m.x, mesh->size_m.z));
  for (int tries = 0; tries < 12; ++tries) {
    const float angle = random_.uniform(0, 6.2831853F), r = radius_m * std::sqrt(random_.uniform());
    const Vec3 at{center.x + r * std::cos(angle), y, center.z + r * std::sin(angle)};
    const bool free = std::none_of(taken_.begin(), taken_.end(), [&](const Disc& disc) {
      return std::hypot(disc.x - at.x, disc.z - at.z) < disc.radius + own_radius * 0.9F;
    });
    if (!free) continue;
    block(at, own_radius);
    const float yaw = random_.uniform(0, 6.2831853F);
    Instance& placed = add(mesh, at, yaw, {scale, scale, scale}, for_object(*mesh));
    placed.movable = true;
    return &placed;
  }
  return nullptr;
}

const Mesh* Builder::made_thing(float size) {
  const auto vary = [&] { return size * random_.uniform(0.35F, 1.0F); };
  const int segments = random_.integer(10, 24);
  switch (random_.integer(0, 8)) {
    case 0:
      return own(box({vary(), vary(), vary()}));
    case 1: {  // A bottle or vase.
      const float r = size * random_.uniform(0.12F, 0.3F), neck = r * random_.uniform(0.2F, 0.8F);
      const float h = size * random_.uniform(0.6F, 1.1F);
      const std::array<std::pair<float, float>, 6> profile{
          {{0, 0}, {r, 0}, {r, h * 0.6F}, {neck, h * 0.8F}, {neck, h}, {0, h}}};
      return own(lathe(profile, segments));
    }
    case 2: {  // A mug, can or bowl, open above.
      const float r = size * random_.uniform(0.2F, 0.5F), h = size * random_.uniform(0.2F, 0.8F);
      const float base = r * random_.uniform(0.5F, 1);
      const std::array<std::pair<float, float>, 5> profile{
          {{0, 0}, {base, 0}, {r, h}, {r * 0.9F, h}, {base * 0.9F, h * 0.15F}}};
      return own(lathe(profile, segments));
    }
    case 3:
      return own(superellipsoid({vary(), vary(), vary()}, random_.uniform(0.2F, 1)));
    case 4:
      return own(creature(random_, size * 0.8F));
    case 5: {  // Books or boxes in a pile.
      Mesh pile;
      float y = 0;
      const int count = random_.integer(2, 6);
      const Vec3 base{size * random_.uniform(0.5F, 1), 0, size * random_.uniform(0.4F, 0.8F)};
      for (int i = 0; i < count; ++i) {
        const float h = size * random_.uniform(0.05F, 0.22F);
        append(pile, box({base.x * random_.uniform(0.7F, 1), h, base.z * random_.uniform(0.7F, 1)}),
               rotation_y(random_.normal(0.15F)),
               {random_.normal(0.03F) * size, y, random_.normal(0.03F) * size}, color());
        y += h;
      }
      pile.size_m = {base.x, y, base.z};
      pile.top_m = y;
      return own(std::move(pile));
    }
    case 6:
      return own(lattice(random_, {size, size * random_.uniform(0.5F, 1.2F), size * 0.4F}));
    case 7: {  // A cable or bent stick.
      std::vector<Vec3> points;
      Vec3 at;
      Vec3 heading{random_.normal(), random_.uniform(0, 2), random_.normal()};
      for (int i = 0; i < 8; ++i) {
        points.push_back(at);
        heading = normalized(
            heading + Vec3{random_.normal(0.5F), random_.normal(0.4F), random_.normal(0.5F)});
        at = at + heading * (size * 0.25F);
        at.y = std::max(at.y, 0.01F);
      }
      Mesh cable = tube(points, size * random_.log_uniform(0.01F, 0.05F), size * 0.012F, 7);
      cable.size_m = {size, size, size};
      cable.top_m = 0;
      return own(std::move(cable));
    }
    default: {  // A sphere, cylinder or cone standing.
      const float r = size * random_.uniform(0.15F, 0.5F),
                  top = r * (random_.chance(0.5F) ? 1 : random_.uniform(0, 0.8F));
      const float h = size * random_.log_uniform(0.15F, 1.2F);
      const std::array<std::pair<float, float>, 4> profile{{{0, 0}, {r, 0}, {top, h}, {0, h}}};
      return own(lathe(profile, segments));
    }
  }
}

void Builder::cover(Vec3 top_center, float half_width, float half_depth, int count, float size_m) {
  std::vector<Disc> others;
  others.swap(taken_);
  const float radius = std::max(half_width, half_depth);
  for (int i = 0; i < count; ++i) {
    const float wanted = size_m * random_.log_uniform(0.4F, 1.6F);
    const Mesh* library = random_.chance(0.6F) ? pick(MeshKind::kSmall, 0, size_m * 4) : nullptr;
    const Mesh* mesh = library != nullptr ? library : made_thing(wanted);
    const float largest = std::max({mesh->size_m.x, mesh->size_m.y, mesh->size_m.z, 0.02F});
    const float scale = library != nullptr ? std::clamp(wanted / largest, 0.5F, 2.0F) : 1;
    Instance* placed = stand(mesh, top_center.y, top_center, radius * 0.95F, scale);
    if (placed == nullptr) continue;
    const Vec3 offset = placed->position - top_center;
    if (std::abs(offset.x) > half_width || std::abs(offset.z) > half_depth) {
      scene_.instances.pop_back();
      continue;
    }
    if (random_.chance(0.2F) && mesh->top_m > 0) {
      const Vec3 above = placed->position + Vec3{0, mesh->top_m * scale, 0};
      add(made_thing(wanted * 0.6F), above, random_.uniform(0, 6.28F));
    }
  }
  taken_.swap(others);
}
