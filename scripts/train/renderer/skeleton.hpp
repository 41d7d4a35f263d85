// Moving skeletons: where the bones of a person, an animal or a machine are at a time.
#pragma once

#include <functional>
#include <vector>

#include "geometry.hpp"

/// The frame of a bone. Limbs run from their joint along -y; bodies face -z and stand on y = 0.
struct Joint {
  Mat3 rotation;
  Vec3 position;
};

/// The joints of all bones after so many seconds, in place: the ground moves by below the feet.
using Motion = std::function<std::vector<Joint>(float seconds)>;

enum class Action { kStand, kWalk, kRun, kLeap, kDance, kSit, kWave, kGesture };

/// Bones of two-legged bodies; kGround stays where it is.
enum BipedBone : std::size_t {
  kGround,
  kPelvis,
  kChest,
  kHead,
  kThigh,  ///< This one of the side at -x, the next that at +x; so for all pairs.
  kShin = 6,
  kFoot = 8,
  kUpperArm = 10,
  kForearm = 12,
  kBipedBones = 14
};

/// Lengths in metres.
struct BipedSize {
  float thigh, shin, ankle, hip_half, torso, shoulder_half, upper_arm, forearm, foot;
  float hip() const { return thigh + shin + ankle; }  ///< Height of the hips on straight legs.
  float seat() const { return shin + ankle; }

  static BipedSize person(float height);
};

/// @param speed_mps forward (-z), for kWalk and kRun.
Motion biped_motion(const BipedSize& size, Action action, float speed_mps, Random& random);

/// Bones of four-legged bodies; legs are numbered front -x, front +x, hind -x, hind +x.
enum QuadrupedBone : std::size_t { kTrunk = 1, kNeck, kTail, kUpperLeg, kLowerLeg = 8 };
inline constexpr std::size_t kQuadrupedBones = 12;

struct QuadrupedSize {
  float upper, lower, hip_half, length;
  bool alike;  ///< All knees bend backwards, as a robot's do.
  float hip() const { return 0.93F * (upper + lower); }
};

Motion quadruped_motion(const QuadrupedSize& size, float speed_mps, Random& random);

/// Bones of a wheeled machine with an arm; without wheels for an arm that stands on the ground.
enum MachineBone : std::size_t { kWheel = 1, kBase = 5, kLink, kMachineBones = 9 };

struct MachineSize {
  float wheel_radius, half_width, half_length, deck;  ///< `deck`: height of the arm's foot.
  float link;                                         ///< Length of each of the three links.
};

Motion machine_motion(const MachineSize& size, float speed_mps, Random& random);
