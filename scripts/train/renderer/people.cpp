#include "people.hpp"

namespace {

constexpr float kPi = std::numbers::pi_v<float>;

Vec3 any_color(Random& random) {
  return {random.uniform(0.05F, 0.9F), random.uniform(0.05F, 0.9F), random.uniform(0.05F, 0.9F)};
}

// Lays a texture on a part from three sides, so that it moves with the part.
void lay(Mesh& mesh, int texture, float repeats_per_metre) {
  for (Triangle& triangle : mesh.triangles) {
    const Vec3 n = cross(triangle.position[1] - triangle.position[0],
                         triangle.position[2] - triangle.position[0]);
    const float x = std::abs(n.x), y = std::abs(n.y), z = std::abs(n.z);
    for (std::size_t k = 0; k < 3; ++k) {
      const Vec3 p = triangle.position[k] * repeats_per_metre;
      triangle.u[k] = x > z && x > y ? p.z : p.x;
      triangle.v[k] = y > x && y > z ? p.z : -p.y;
    }
    triangle.texture = texture;
    triangle.uv_per_metre = repeats_per_metre;
  }
}

// A body of revolution along y, `depth` times as deep as wide.
Mesh turned(std::span<const std::pair<float, float>> profile, float depth, int segments = 10) {
  Mesh mesh = lathe(profile, segments);
  for (Triangle& triangle : mesh.triangles) {
    for (std::size_t k = 0; k < 3; ++k) {
      triangle.position[k].z *= depth;
      triangle.normal[k].z /= depth;
      triangle.normal[k] = normalized(triangle.normal[k]);
    }
  }
  return mesh;
}

// An egg of the given size on y = 0, of few triangles.
Mesh egg(Vec3 size) {
  std::array<std::pair<float, float>, 7> profile;
  for (std::size_t i = 0; i < profile.size(); ++i) {
    const float polar = kPi * static_cast<float>(i) / static_cast<float>(profile.size() - 1);
    profile[i] = {0.5F * size.x * std::sin(polar), 0.5F * size.y * (1 - std::cos(polar))};
  }
  profile.front().first = profile.back().first = 0;
  return turned(profile, size.z / size.x);
}

Mesh limb(float length, float top, float bottom) {
  const std::array<std::pair<float, float>, 6> profile{{{0, -0.7F * bottom},
                                                        {0.75F * bottom, -0.4F * bottom},
                                                        {bottom, 0.1F * bottom},
                                                        {top, length - 0.1F * top},
                                                        {0.75F * top, length + 0.4F * top},
                                                        {0, length + 0.7F * top}}};
  return lathe(profile, 9);  // It stands on y = 0 afterwards.
}

float pick_speed(Action action, Random& random) {
  if (action == Action::kWalk) return random.uniform(0.9F, 1.9F);
  return action == Action::kRun ? random.uniform(2.2F, 3.4F) : 0.0F;
}

}  // namespace

void Figure::add(Mesh mesh, std::size_t bone, Vec3 offset, Vec3 color, int texture) {
  Mesh moved;
  append(moved, mesh, {}, offset, color);
  if (texture >= 0) lay(moved, texture, 1.7F);
  parts_.push_back({std::move(moved), bone});
}

void Figure::add_limb(std::size_t bone, float length, float top, float bottom, Vec3 color,
                      int texture) {
  add(limb(length, top, bottom), bone, {0, -length - 0.7F * bottom, 0}, color, texture);
}

void Figure::build_person(Action action, Random& random, const Fabric& fabric) {
  const float height =
      random.chance(0.15F) ? random.uniform(1.0F, 1.4F) : random.uniform(1.5F, 1.95F);
  const BipedSize size = BipedSize::person(height);
  const float wide = random.uniform(0.85F, 1.3F) * height / 1.75F;
  speed_mps_ *= std::sqrt(height / 1.75F);
  motion_ = biped_motion(size, action, speed_mps_, random);

  const Vec3 skin = Vec3{0.85F, 0.65F, 0.52F} * random.uniform(0.35F, 1.1F);
  const Vec3 shirt = any_color(random), hair = any_color(random) * 0.35F,
             trousers = any_color(random) * random.uniform(0.4F, 1),
             shoes = any_color(random) * 0.5F;
  const int weave = fabric(), cloth = fabric();
  // Stiff cloth would stand off the thighs of someone who sits.
  const bool sits = action == Action::kSit;
  const bool skirt = !sits && random.chance(0.2F), coat = !sits && random.chance(0.25F),
             sleeves = random.chance(0.65F), shorts = random.chance(0.15F);

  const float t = size.torso, chest = 0.17F * wide, waist = random.uniform(0.13F, 0.17F) * wide,
              hips = 0.165F * wide;
  const std::array<std::pair<float, float>, 7> trunk{{{0, -0.1F * t},
                                                      {hips, 0},
                                                      {waist, 0.35F * t},
                                                      {chest, 0.72F * t},
                                                      {0.85F * chest, 0.9F * t},
                                                      {0.35F * chest, t},
                                                      {0, t}}};
  add(turned(trunk, 0.64F, 12), kChest, {0, -0.1F * t, 0}, shirt, weave);
  add(egg({2 * hips, 0.26F * wide, 1.4F * hips}), kPelvis, {0, -0.13F * wide, 0}, trousers, cloth);
  const float head = 0.13F * height;
  add(limb(0.35F * head, 0.055F * wide, 0.06F * wide), kHead, {0, -0.3F * head, 0}, skin);
  add(egg({0.74F * head, head, 0.86F * head}), kHead, {0, 0.25F * head, -0.04F * head}, skin);
  add(egg({0.8F * head, 0.66F * head, 0.92F * head}), kHead, {0, 0.68F * head, 0.04F * head}, hair);
  if (random.chance(0.25F)) {  // Long hair.
    add(egg({0.7F * head, random.uniform(0.9F, 1.8F) * head, 0.3F * head}), kHead,
        {0, -0.5F * head, 0.36F * head}, hair);
  }
  if (random.chance(0.2F)) {  // A hat, mostly with a brim.
    const float r = 0.46F * head, brim = r * (random.chance(0.7F) ? random.uniform(1.3F, 2.1F) : 1);
    const std::array<std::pair<float, float>, 5> hat{
        {{0, 0}, {brim, 0}, {r, 0.03F * head}, {0.9F * r, 0.5F * head}, {0, 0.6F * head}}};
    add(lathe(hat, 12), kHead, {0, 0.97F * head, 0}, any_color(random), fabric());
  }
  if (coat || skirt) {  // It hangs from the hips, wide enough for a step.
    const float length = size.thigh * random.uniform(0.55F, skirt ? 1.5F : 1.0F);
    const float hem = hips * (skirt ? 1.2F : 1.05F) + 0.36F * length;
    const std::array<std::pair<float, float>, 3> cone{
        {{hem, 0}, {1.1F * hips, length}, {0, length}}};
    add(turned(cone, 0.95F, 14), kPelvis, {0, 0.05F - length, 0}, coat ? shirt : trousers,
        coat ? weave : cloth);
  }
  if (random.chance(0.15F)) {  // A bag on the back.
    add(box({1.7F * chest, 0.75F * t, 0.8F * chest}), kChest, {0, 0.2F * t, 0.95F * chest},
        any_color(random), fabric());
  }
  for (std::size_t i = 0; i < 2; ++i) {
    const bool bare = skirt || shorts;
    add_limb(kThigh + i, size.thigh, 0.088F * wide, 0.062F * wide, skirt ? skin : trousers,
             skirt ? -1 : cloth);
    add_limb(kShin + i, size.shin, 0.06F * wide, 0.043F * wide, bare ? skin : trousers,
             bare ? -1 : cloth);
    add(egg({0.095F * wide, size.ankle + 0.04F, size.foot * 1.15F}), kFoot + i,
        {0, -size.ankle, -0.3F * size.foot}, shoes);
    add_limb(kUpperArm + i, size.upper_arm, 0.056F * wide, 0.044F * wide, shirt, weave);
    add_limb(kForearm + i, size.forearm, 0.043F * wide, 0.032F * wide, sleeves ? shirt : skin,
             sleeves ? weave : -1);
    add(egg({0.06F * wide, 0.1F * height, 0.085F * wide}), kForearm + i,
        {0, -size.forearm - 0.085F * height, 0}, skin);
  }
  if (sits) {
    add(box({0.42F * wide, size.seat() - 0.14F * wide, 0.4F}), kGround, {0, 0, 0.38F * size.hip()},
        any_color(random), fabric());
  }
}

void Figure::build_robot(Action action, Random& random, const Fabric& fabric) {
  const float height = random.uniform(0.8F, 2.1F);
  BipedSize size = BipedSize::person(height);
  size.hip_half *= random.uniform(1, 1.6F);
  size.shoulder_half *= random.uniform(1, 1.4F);
  speed_mps_ *= 0.75F * std::sqrt(height / 1.75F);
  motion_ = biped_motion(size, action, speed_mps_, random);

  const bool boxy = random.chance(0.5F);
  const Vec3 shell = random.chance(0.5F) ? Vec3{1, 1, 1} * random.uniform(0.15F, 0.95F)
                                         : any_color(random),
             metal = Vec3{1, 1, 1} * random.uniform(0.1F, 0.6F);
  const int skin = fabric();
  const float thick = height * random.uniform(0.028F, 0.05F);
  // A piece leaves a gap before the next joint; a thin rod and a ball are seen there.
  const auto segment = [&](std::size_t bone, float length, float radius) {
    const float gap = length * random.uniform(0.1F, 0.22F);
    const float inner = length - 2 * gap;
    if (boxy) {
      add(box({2 * radius, inner, 2 * radius}), bone, {0, -length + gap, 0}, shell, skin);
    } else {
      add(limb(inner, radius, 0.8F * radius), bone, {0, -length + gap - 0.56F * radius, 0}, shell,
          skin);
    }
    add_limb(bone, length, 0.35F * radius, 0.35F * radius, metal, -1);
    add(egg({1.6F * radius, 1.6F * radius, 1.6F * radius}), bone, {0, -0.8F * radius, 0}, metal);
  };
  const Vec3 chest{2.1F * size.shoulder_half - 2 * thick, 0.68F * size.torso,
                   height * random.uniform(0.1F, 0.17F)};
  add(boxy ? box(chest) : superellipsoid(chest, 0.6F), kChest, {0, 0.32F * size.torso, 0}, shell,
      skin);
  add_limb(kChest, 0.1F, thick, thick, metal, -1);
  add(limb(0.4F * size.torso, thick, thick), kChest, {0, -0.05F * size.torso, 0}, metal);
  add(box({2 * size.hip_half + thick, 0.09F * height, 0.1F * height}), kPelvis,
      {0, -0.04F * height, 0}, metal);
  if (random.chance(0.75F)) {
    const Vec3 head{0.1F * height * random.uniform(0.7F, 1.4F), 0.11F * height, 0.11F * height};
    add(random.chance(0.5F) ? box(head) : egg(head), kHead, {0, 0.03F * height, 0}, shell, skin);
    add(box({0.8F * head.x, 0.25F * head.y, 0.01F}), kHead,
        {0, 0.03F * height + 0.5F * head.y, -0.5F * head.z - 0.004F}, any_color(random) * 0.3F);
    add(limb(0.05F * height, 0.5F * thick, 0.5F * thick), kHead, {0, -0.01F * height, 0}, metal);
  }
  for (std::size_t i = 0; i < 2; ++i) {
    segment(kThigh + i, size.thigh, 1.25F * thick);
    segment(kShin + i, size.shin, thick);
    segment(kUpperArm + i, size.upper_arm, 0.9F * thick);
    segment(kForearm + i, size.forearm, 0.8F * thick);
    add(box({2.2F * thick, 0.6F * size.ankle, 1.1F * size.foot}), kFoot + i,
        {0, -size.ankle, -0.2F * size.foot}, metal);
    add(box({1.6F * thick, 2.2F * thick, 0.9F * thick}), kForearm + i,
        {0, -size.forearm - 2.2F * thick, 0}, metal);
  }
}

void Figure::build_animal(Random& random, const Fabric& fabric, bool robot) {
  const float upper = robot ? random.uniform(0.22F, 0.36F) : random.log_uniform(0.13F, 0.55F);
  QuadrupedSize size{upper, upper * random.uniform(0.9F, 1.05F),
                     upper * random.uniform(0.35F, 0.5F), upper * random.uniform(2.2F, 3.2F),
                     robot};
  if (speed_mps_ > 0) {
    speed_mps_ = std::sqrt(size.hip() / 0.5F) *
                 (speed_mps_ > 2 ? random.uniform(1.3F, 2.2F) : random.uniform(0.6F, 1.1F));
  }
  motion_ = quadruped_motion(size, speed_mps_, random);
  const Vec3 fur =
      robot ? any_color(random) : Vec3{0.75F, 0.6F, 0.45F} * random.uniform(0.12F, 1.25F);
  const Vec3 other = robot ? Vec3{1, 1, 1} * 0.15F : fur * random.uniform(0.5F, 1.1F);
  const int coat = fabric();
  const float wide = 2.2F * size.hip_half, deep = upper * random.uniform(0.75F, 1.1F);
  const Vec3 trunk{wide, deep, size.length * 1.25F};
  add(robot ? box({1.6F * size.hip_half, 0.5F * deep, size.length}) : egg(trunk), kTrunk,
      {0, robot ? -0.25F * deep : -0.5F * deep, 0}, fur, coat);
  const float leg = upper * (robot ? 0.13F : 0.17F);
  for (std::size_t i = 0; i < 4; ++i) {
    add_limb(kUpperLeg + i, size.upper, (robot ? 1.0F : 1.6F) * leg, leg, fur, coat);
    add_limb(kLowerLeg + i, size.lower - 0.5F * leg, 0.9F * leg, 0.65F * leg, other, -1);
  }
  if (robot) return;
  const float head = upper * random.uniform(0.45F, 0.75F),
              neck = upper * random.uniform(0.4F, 1.4F);
  Mesh throat;
  append(throat, limb(neck, 0.32F * upper, 0.4F * upper), rotation_x(-0.7F), {0, -0.1F * upper, 0},
         fur);
  add(std::move(throat), kNeck, {}, fur, coat);
  const Vec3 top{0, 0.76F * neck, -0.64F * neck - 0.2F * upper};
  add(egg({0.7F * head, 0.75F * head, head}), kNeck, top, fur, coat);
  add(egg({0.36F * head, 0.4F * head, 0.9F * head}), kNeck,
      top + Vec3{0, 0.1F * head, -0.55F * head}, other);
  for (const float side : {-1.0F, 1.0F}) {
    add(egg({0.2F * head, random.uniform(0.3F, 0.7F) * head, 0.12F * head}), kNeck,
        top + Vec3{side * 0.24F * head, 0.6F * head, 0.1F * head}, other);
  }
  Mesh tail;
  append(tail, limb(upper * random.uniform(0.4F, 1.5F), 0.05F * upper, 0.1F * upper),
         rotation_x(random.uniform(0.6F, 2.2F)), {}, fur);
  add(std::move(tail), kTail, {0, 0.1F * deep, 0.1F * size.length}, fur);
}

void Figure::build_machine(Random& random, const Fabric& fabric) {
  const bool wheels = random.chance(0.65F);
  const float scale = random.log_uniform(0.3F, 1.3F);
  MachineSize size{wheels ? scale * random.uniform(0.12F, 0.25F) : 0, 0.35F * scale,
                   scale * random.uniform(0.4F, 0.7F), 0, scale * random.uniform(0.35F, 0.8F)};
  size.deck = wheels ? 2.2F * size.wheel_radius : 0.25F * scale;
  speed_mps_ = wheels && speed_mps_ > 0 ? random.uniform(0.4F, 2.5F) : 0;
  motion_ = machine_motion(size, speed_mps_, random);
  const Vec3 shell = any_color(random), metal = Vec3{1, 1, 1} * random.uniform(0.1F, 0.6F);
  const int skin = fabric();
  if (wheels) {
    add(box({2 * size.half_width, 1.2F * size.wheel_radius, 2 * size.half_length}), kGround,
        {0, size.wheel_radius, 0}, shell, skin);
    for (std::size_t i = 0; i < 4; ++i) {
      const float r = size.wheel_radius, w = 0.35F * r;
      const std::array<std::pair<float, float>, 5> tyre{
          {{0, 0}, {r, 0}, {r, 2 * w}, {0.5F * r, 2.2F * w}, {0, 2.2F * w}}};
      Mesh wheel, spoke;
      append(wheel, lathe(tyre, 14), rotation_z(i % 2 == 0 ? kPi / 2 : -kPi / 2), {}, metal * 0.5F);
      add(std::move(wheel), kWheel + i, {}, metal * 0.5F);
      append(spoke, box({0.1F * r, 1.3F * r, 0.25F * r}), {}, {0, -0.65F * r, 0}, shell);
      add(std::move(spoke), kWheel + i, {(i % 2 == 0 ? -1.0F : 1.0F) * 2.2F * w, 0, 0}, shell);
    }
  } else {
    add(box({0.6F * scale, size.deck, 0.6F * scale}), kGround, {}, metal);
  }
  const float thick = size.link * random.uniform(0.08F, 0.18F);
  add(limb(0.4F * thick, 2 * thick, 2.2F * thick), kBase, {0, -1.5F * thick, 0}, metal);
  for (std::size_t i = 0; i < 3; ++i) {
    const float r = thick * (1 - 0.22F * static_cast<float>(i));
    add_limb(kLink + i, size.link, r, 0.8F * r, i % 2 == 0 ? shell : metal, i % 2 == 0 ? skin : -1);
    add(egg({2.6F * r, 2.6F * r, 2.6F * r}), kLink + i, {0, -1.3F * r, 0}, metal);
  }
  for (const float side : {-1.0F, 1.0F}) {  // Two fingers.
    add(box({0.3F * thick, 2.2F * thick, 0.6F * thick}), kLink + 2,
        {side * 0.6F * thick, -size.link - 2.2F * thick, 0}, metal);
  }
}

Figure::Figure(FigureKind kind, Action action, Random& random, const Fabric& fabric)
    : speed_mps_(pick_speed(action, random)) {
  switch (kind) {
    case FigureKind::kPerson:
      build_person(action, random, fabric);
      break;
    case FigureKind::kRobot:
      build_robot(action, random, fabric);
      break;
    case FigureKind::kAnimal:
    case FigureKind::kRobotDog:
      build_animal(random, fabric, kind == FigureKind::kRobotDog);
      break;
    case FigureKind::kMachine:
      build_machine(random, fabric);
      break;
  }
  // A few seconds show the reach of all its movements.
  for (int i = 0; i < 12; ++i) {
    const Mesh mesh = at(0.37F * static_cast<float>(i));
    for (const Triangle& triangle : mesh.triangles) {
      const Vec3 p = triangle.position[0];
      size_m_ = {std::max(size_m_.x, 2 * std::abs(p.x)), std::max(size_m_.y, p.y),
                 std::max(size_m_.z, 2 * std::abs(p.z))};
    }
  }
}

Mesh Figure::at(float seconds) const {
  const std::vector<Joint> joints = motion_(seconds);
  Mesh mesh;
  mesh.size_m = size_m_;
  mesh.top_m = size_m_.y;
  std::size_t count = 0;
  for (const Part& part : parts_) count += part.mesh.triangles.size();
  mesh.triangles.reserve(count);
  for (const Part& part : parts_) {
    const Joint& joint = joints[part.bone];
    for (Triangle triangle : part.mesh.triangles) {
      for (std::size_t k = 0; k < 3; ++k) {
        triangle.position[k] = joint.position + joint.rotation * triangle.position[k];
        triangle.normal[k] = joint.rotation * triangle.normal[k];
      }
      mesh.triangles.push_back(triangle);
    }
  }
  return mesh;
}

Mesh mannequin(Random& random) {
  constexpr std::array<Action, 4> kActions{Action::kStand, Action::kStand, Action::kWalk,
                                           Action::kGesture};
  const Action action = kActions[static_cast<std::size_t>(random.integer(0, 3))];
  const Figure person(FigureKind::kPerson, action, random, [] { return -1; });
  Mesh mesh = person.at(random.uniform(0, 5));
  mesh.kind = MeshKind::kPerson;
  return mesh;
}
