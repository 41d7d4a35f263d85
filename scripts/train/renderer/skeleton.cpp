#include "skeleton.hpp"

namespace {

constexpr float kPi = std::numbers::pi_v<float>;
constexpr float kGravity_mps2 = 9.81F;

float eased(float t) {
  t = std::clamp(t, 0.0F, 1.0F);
  return t * t * (3 - 2 * t);
}

float cycle(float t) { return t - std::floor(t); }

// The rotation that lays a limb's -y along `from` to `to`, with its x near `side`.
Mat3 aimed(Vec3 from, Vec3 to, Vec3 side) {
  const Vec3 y = normalized(from - to);
  const Vec3 z = normalized(cross(side, y));
  return transposed(Mat3{cross(y, z), y, z});
}

// Two bones from `root` that end at `end`, or as near as they reach; the knee goes towards `bend`.
std::array<Joint, 2> two_bones(Vec3 root, Vec3 end, float upper, float lower, Vec3 bend,
                               Vec3 side) {
  const Vec3 direction = normalized(end - root);
  const float distance =
      std::clamp(length(end - root), std::abs(upper - lower) + 1e-3F, (upper + lower) * 0.9995F);
  const float cosine =
      (upper * upper + distance * distance - lower * lower) / (2 * upper * distance);
  const float sine = std::sqrt(std::max(1 - cosine * cosine, 0.0F));
  const Vec3 across = normalized(bend - direction * dot(bend, direction));
  const Vec3 knee = root + direction * (upper * cosine) + across * (upper * sine);
  const Vec3 reached = root + direction * distance;
  return {Joint{aimed(root, knee, side), root}, Joint{aimed(knee, reached, side), knee}};
}

struct Foot {
  Vec3 ankle;
  float toe_down = 0;  // Radians.
};

struct Arm {
  float swing = 0.05F, spread = 0.12F, bend = 0.25F, sway = 0;  // Radians.
};

// What an action decides; the skeleton follows from it.
struct Stance {
  Vec3 pelvis;
  float yaw = 0, lean = 0, twist = 0, tilt = 0, look = 0;  // Radians.
  std::array<Foot, 2> feet;
  std::array<Arm, 2> arms;
};

// How someone does it: drawn once, used at all times.
struct Manner {
  float speed, period, phase, size, lift;
  std::array<float, 6> offsets;
  int side;
};

float side_of(std::size_t i) { return i == 0 ? -1.0F : 1.0F; }

Stance standing(const BipedSize& size, const Manner& manner, float t) {
  Stance stance;
  const auto slow = [&](std::size_t i, float hertz) {
    return std::sin(2 * kPi * hertz * t + manner.offsets[i]);
  };
  stance.pelvis = {0.015F * slow(0, 0.23F), size.hip() * 0.985F + 0.004F * slow(1, 0.3F), 0};
  stance.yaw = 0.06F * slow(2, 0.17F);
  stance.look = 0.35F * slow(3, 0.21F);
  for (std::size_t i = 0; i < 2; ++i) {
    stance.feet[i].ankle = {side_of(i) * size.hip_half * 1.15F, size.ankle, 0};
    stance.arms[i].swing += 0.06F * slow(4 + i, 0.27F);
  }
  return stance;
}

// One foot of a gait: on the ground it moves back as fast as the body goes on, so that it stands
// still in the world; the heel rises about the toe before the foot swings forward.
Foot gait_foot(const BipedSize& size, const Manner& manner, float phase, float duty, float side) {
  const float reach = manner.speed * manner.period * duty / 2;
  const float heel = 0.55F;
  Vec3 toe{side * size.hip_half * 0.8F, 0, 0};
  float down = 0;
  if (phase < duty) {
    const float s = phase / duty;
    toe.z = reach * (2 * s - 1);
    down = heel * eased((s - 0.55F) / 0.45F);
  } else {
    const float w = (phase - duty) / (1 - duty);
    toe.z = reach * (1 - 2 * eased(w));
    toe.y = manner.lift * std::sin(kPi * w) * std::sin(kPi * w);
    down = heel * (1 - eased(w * 1.6F)) - 0.15F * std::sin(kPi * w) * w;
  }
  const float toe_length = size.foot * 0.6F;
  const Vec3 ankle_from_toe = rotation_x(-down) * Vec3{0, size.ankle, toe_length};
  return {toe + ankle_from_toe - Vec3{0, 0, toe_length}, down};
}

Stance going(const BipedSize& size, const Manner& manner, bool runs, float t) {
  Stance stance;
  const float duty = runs ? 0.36F : 0.62F;
  const float u = cycle(t / manner.period + manner.phase);
  const float stride = 2 * kPi * u;
  for (std::size_t i = 0; i < 2; ++i) {
    const float phase = cycle(u + (i == 0 ? 0.0F : 0.5F));
    stance.feet[i] = gait_foot(size, manner, phase, duty, side_of(i));
    // An arm goes back with the leg of its side that comes forward.
    const float forward = std::cos(2 * kPi * (phase - duty / 2 + 0.25F));
    stance.arms[i] = {(runs ? 0.75F : 0.42F) * manner.size * forward + (runs ? 0.0F : 0.1F), 0.13F,
                      runs ? 1.5F : 0.3F + 0.15F * forward, 0};
  }
  // The pelvis is highest in the middle of a step, in a run in the middle of the flight.
  const float bob = std::cos(2 * (stride - kPi * duty)) * (runs ? -0.05F : 0.018F);
  stance.pelvis = {0.02F * std::sin(stride), size.hip() * (runs ? 0.93F : 0.955F) + bob, 0};
  stance.lean = runs ? 0.22F : 0.05F;
  stance.yaw = 0.09F * std::sin(stride);
  stance.twist = -0.2F * std::sin(stride);
  return stance;
}

Stance leaping(const BipedSize& size, const Manner& manner, float t) {
  Stance stance = standing(size, manner, t);
  const float height = 0.25F + 0.35F * manner.size, crouch_s = 0.5F, rest_s = 0.35F;
  const float flight_s = 2 * std::sqrt(2 * height / kGravity_mps2);
  const float whole = 2 * crouch_s + rest_s + flight_s;
  float s = cycle(t / whole + manner.phase) * whole - rest_s;
  const float knees = 0.27F * size.hip();
  const auto crouch = [&](float at) { return std::sin(kPi * at / crouch_s); };
  float low = 0, air = 0;
  if (s > 0 && s < crouch_s) low = crouch(s);
  if (s > crouch_s + flight_s) low = crouch(s - crouch_s - flight_s);
  s -= crouch_s;
  const float rise = s > 0 && s < flight_s ? 0.5F * kGravity_mps2 * s * (flight_s - s) : 0.0F;
  if (rise > 0) air = std::sin(kPi * s / flight_s);
  stance.pelvis.y += rise - knees * low;
  stance.lean = 0.5F * low - 0.1F * air;
  stance.yaw += 0.5F * manner.offsets[0] * 0.16F * air;
  for (std::size_t i = 0; i < 2; ++i) {
    const float split = side_of(i) * static_cast<float>(manner.side);
    stance.feet[i].ankle =
        stance.feet[i].ankle + Vec3{side_of(i) * 0.1F * air, rise + manner.lift * air,
                                    split * 0.28F * manner.offsets[1] * 0.16F * air};
    stance.feet[i].toe_down = 0.6F * air;
    stance.arms[i] = {0.1F - 0.8F * low + 1.7F * air, 0.2F + 0.5F * air, 0.3F + 0.4F * low, 0};
  }
  return stance;
}

Stance dancing(const BipedSize& size, const Manner& manner, float t) {
  Stance stance = standing(size, manner, t);
  const float a = 2 * kPi * (t / manner.period + manner.phase);
  const auto wave = [&](std::size_t i, float times) {
    return std::sin(a * times + manner.offsets[i]);
  };
  stance.pelvis = {0.07F * std::sin(a), size.hip() * 0.92F - 0.04F * std::cos(2 * a), 0};
  stance.yaw = 0.45F * manner.size * wave(0, 0.5F);
  stance.twist = 0.35F * manner.size * wave(1, 1);
  stance.tilt = 0.12F * std::sin(a);
  stance.look = 0.3F * wave(2, 1);
  for (std::size_t i = 0; i < 2; ++i) {
    // The weight is on one side while the other foot is lifted.
    const float up = std::max(-side_of(i) * std::sin(a), 0.0F);
    stance.feet[i].ankle = stance.feet[i].ankle + Vec3{side_of(i) * 0.08F, manner.lift * up * up,
                                                       -0.15F * manner.size * up * up};
    stance.arms[i] = {0.6F + 0.9F * manner.size * wave(2 + i, 1),
                      0.5F + 0.45F * manner.size * wave(4 + i, 0.5F), 0.8F + 0.6F * wave(3 + i, 1),
                      0};
  }
  return stance;
}

Stance sitting(const BipedSize& size, const Manner& manner, float t) {
  Stance stance = standing(size, manner, t);
  const float s = cycle(t / 7 + manner.phase) * 7;
  const float down = eased(s / 1.5F) - eased((s - 4.5F) / 1.5F);
  const float moving = std::sin(kPi * down);
  // The bone of the pelvis is the hips' axis, which comes to rest above the seat.
  stance.pelvis =
      mix(stance.pelvis, {0, size.seat() + 0.1F * size.torso, 0.38F * size.hip()}, down);
  stance.lean = 0.65F * moving;
  for (Arm& arm : stance.arms) arm = {0.1F + 0.6F * down, 0.15F, 0.3F + 0.6F * down, 0};
  return stance;
}

Stance gesturing(const BipedSize& size, const Manner& manner, bool waves, float t) {
  Stance stance = standing(size, manner, t);
  const float a = 2 * kPi * t / manner.period;
  const auto busy = static_cast<std::size_t>(manner.side > 0 ? 1 : 0);
  if (waves) {
    stance.arms[busy] = {0.2F, 2.1F + 0.1F * std::sin(a / 2), 0.2F,
                         0.5F + 0.45F * manner.size * std::sin(2 * a)};
    return stance;
  }
  for (std::size_t i = 0; i < 2; ++i) {
    const float strength = i == busy ? 1.0F : 0.5F;
    stance.arms[i] = {0.45F + 0.35F * strength * std::sin(a + manner.offsets[i]), 0.25F,
                      1.25F + 0.55F * strength * std::sin(1.3F * a + manner.offsets[2 + i]), 0};
  }
  stance.twist = 0.12F * std::sin(0.5F * a);
  return stance;
}

std::vector<Joint> skeleton(const BipedSize& size, const Stance& stance) {
  std::vector<Joint> bones(kBipedBones);
  const Mat3 pelvis = rotation_y(stance.yaw) * rotation_z(stance.tilt * 0.5F);
  const Mat3 chest =
      rotation_y(stance.yaw + stance.twist) * rotation_x(-stance.lean) * rotation_z(-stance.tilt);
  bones[kPelvis] = {pelvis, stance.pelvis};
  bones[kChest] = {chest, stance.pelvis};
  bones[kHead] = {rotation_y(stance.look) * rotation_x(-stance.lean * 0.4F),
                  stance.pelvis + chest * Vec3{0, size.torso, 0}};
  for (std::size_t i = 0; i < 2; ++i) {
    const float side = side_of(i);
    const Vec3 hip = stance.pelvis + pelvis * Vec3{side * size.hip_half, 0, 0};
    const auto leg = two_bones(hip, stance.feet[i].ankle, size.thigh, size.shin,
                               Vec3{side * 0.12F, 0, -1}, {1, 0, 0});
    bones[kThigh + i] = leg[0];
    bones[kShin + i] = leg[1];
    bones[kFoot + i] = {rotation_y(stance.yaw * 0.3F) * rotation_x(-stance.feet[i].toe_down),
                        leg[1].position + leg[1].rotation * Vec3{0, -size.shin, 0}};
    const Arm& arm = stance.arms[i];
    const Vec3 shoulder =
        stance.pelvis + chest * Vec3{side * size.shoulder_half, size.torso * 0.92F, 0};
    const Mat3 upper = chest * rotation_z(side * arm.spread) * rotation_x(arm.swing);
    bones[kUpperArm + i] = {upper, shoulder};
    bones[kForearm + i] = {upper * rotation_z(side * arm.sway) * rotation_x(arm.bend),
                           shoulder + upper * Vec3{0, -size.upper_arm, 0}};
  }
  return bones;
}

}  // namespace

BipedSize BipedSize::person(float height) {
  return {0.245F * height, 0.235F * height, 0.045F * height, 0.055F * height, 0.3F * height,
          0.115F * height, 0.175F * height, 0.15F * height,  0.15F * height};
}

Motion biped_motion(const BipedSize& size, Action action, float speed_mps, Random& random) {
  const bool runs = action == Action::kRun;
  const float legs = std::sqrt(size.hip() / 0.92F);  // Longer legs go slower, as pendulums do.
  Manner manner{speed_mps, 0, random.uniform(), random.uniform(0.4F, 1.2F), 0, {}, 1};
  for (float& offset : manner.offsets) offset = random.uniform(0, 2 * kPi);
  manner.side = random.chance(0.5F) ? 1 : -1;
  manner.period = legs * (runs                      ? random.uniform(0.64F, 0.76F)
                          : action == Action::kWalk ? 1.27F - 0.17F * speed_mps
                                                    : random.uniform(0.9F, 1.8F));
  manner.lift = size.hip() * (runs ? 0.2F : action == Action::kWalk ? 0.06F : 0.2F);
  return [size, action, manner](float t) {
    switch (action) {
      case Action::kWalk:
      case Action::kRun:
        return skeleton(size, going(size, manner, action == Action::kRun, t));
      case Action::kLeap:
        return skeleton(size, leaping(size, manner, t));
      case Action::kDance:
        return skeleton(size, dancing(size, manner, t));
      case Action::kSit:
        return skeleton(size, sitting(size, manner, t));
      case Action::kWave:
      case Action::kGesture:
        return skeleton(size, gesturing(size, manner, action == Action::kWave, t));
      case Action::kStand:
        break;
    }
    return skeleton(size, standing(size, manner, t));
  };
}

Motion quadruped_motion(const QuadrupedSize& size, float speed_mps, Random& random) {
  const float phase = random.uniform(), nod = random.uniform(0.05F, 0.2F);
  const float period = std::sqrt(size.hip() / 0.5F) * random.uniform(0.55F, 0.75F);
  const bool trots = speed_mps > 1.2F;
  const float duty = trots ? 0.45F : 0.65F;
  return [=](float t) {
    std::vector<Joint> bones(kQuadrupedBones);
    const float u = cycle(t / period + phase), a = 2 * kPi * u;
    const bool moves = speed_mps > 0;
    const Vec3 middle{0, size.hip() + (moves ? 0.02F * size.hip() * std::sin(2 * a) : 0), 0};
    const Mat3 trunk = rotation_x(moves ? 0.03F * std::sin(a) : 0);
    bones[kTrunk] = {trunk, middle};
    bones[kNeck] = {rotation_y(0.3F * std::sin(0.8F * t + phase)) * rotation_x(nod * std::sin(a)),
                    middle + trunk * Vec3{0, 0, -size.length / 2}};
    bones[kTail] = {rotation_y(0.5F * std::sin(5 * t)),
                    middle + trunk * Vec3{0, 0, size.length / 2}};
    constexpr std::array<float, 4> kWalk{0.25F, 0.75F, 0, 0.5F}, kTrot{0, 0.5F, 0.5F, 0};
    for (std::size_t leg = 0; leg < 4; ++leg) {
      const float side = side_of(leg % 2), end = leg < 2 ? -1.0F : 1.0F;
      const Vec3 hip = middle + trunk * Vec3{side * size.hip_half, 0, end * size.length * 0.42F};
      const float p = cycle(u + (trots ? kTrot : kWalk)[leg]);
      const float reach = speed_mps * period * duty / 2, w = (p - duty) / (1 - duty);
      Vec3 foot{hip.x, 0, end * size.length * 0.42F};
      foot.z += p < duty ? reach * (2 * p / duty - 1) : reach * (1 - 2 * eased(w));
      if (moves && p > duty) foot.y = 0.22F * size.hip() * std::sin(kPi * w);
      const Vec3 bend{0, 0, size.alike || leg < 2 ? 1.0F : -1.0F};
      const auto pair = two_bones(hip, foot, size.upper, size.lower, bend, {1, 0, 0});
      bones[kUpperLeg + leg] = pair[0];
      bones[kLowerLeg + leg] = pair[1];
    }
    return bones;
  };
}

Motion machine_motion(const MachineSize& size, float speed_mps, Random& random) {
  std::array<float, 8> draw{};
  for (float& value : draw) value = random.uniform();
  return [=](float t) {
    std::vector<Joint> bones(kMachineBones);
    for (std::size_t i = 0; i < 4; ++i) {
      bones[kWheel + i] = {
          rotation_x(size.wheel_radius > 0 ? -speed_mps * t / size.wheel_radius : 0),
          {side_of(i % 2) * size.half_width, size.wheel_radius,
           (i < 2 ? -0.7F : 0.7F) * size.half_length}};
    }
    const auto wave = [&](std::size_t i, float hertz) {
      return std::sin(2 * kPi * (hertz * t * (0.5F + draw[i]) + draw[i + 1]));
    };
    bones[kBase] = {rotation_y(1.3F * wave(0, 0.15F)), {0, size.deck, 0}};
    // Links run upwards here: their joint is turned over.
    Mat3 turn = bones[kBase].rotation * rotation_x(-kPi + 0.5F * wave(2, 0.2F));
    Vec3 at = bones[kBase].position;
    for (std::size_t i = 0; i < 3; ++i) {
      bones[kLink + i] = {turn, at};
      at = at + turn * Vec3{0, -size.link, 0};
      turn = turn * rotation_x(0.8F + 0.5F * wave(3 + i, 0.3F));
    }
    return bones;
  };
}
