// Moving people, animals and machines of the training scenes.
#include "people.hpp"

#include <gmock/gmock.h>

namespace {

using ::testing::Each;

constexpr float kFrame_s = 1.0F / 25;
const BipedSize kSize = BipedSize::person(1.75F);

// The tip of a foot, which stands on the ground last.
Vec3 toe(const std::vector<Joint>& bones, std::size_t side) {
  const Joint& foot = bones[kFoot + side];
  return foot.position + foot.rotation * Vec3{0, -kSize.ankle, -0.6F * kSize.foot};
}

float lowest(const Mesh& mesh) {
  float low = 1e9F;
  for (const Triangle& triangle : mesh.triangles) {
    for (const Vec3& p : triangle.position) low = std::min(low, p.y);
  }
  return low;
}

Figure figure(FigureKind kind, Action action, std::uint64_t seed) {
  Random random(seed);
  return {kind, action, random, [] { return -1; }};
}

TEST(Skeleton, KeepsTheLengthOfItsBones) {
  for (const Action action : {Action::kWalk, Action::kRun, Action::kLeap, Action::kDance}) {
    Random random(1);
    const Motion motion = biped_motion(kSize, action, 1.5F, random);
    for (int frame = 0; frame < 50; ++frame) {
      const auto bones = motion(kFrame_s * static_cast<float>(frame));
      for (std::size_t side = 0; side < 2; ++side) {
        const auto between = [&](std::size_t a, std::size_t b) {
          return length(bones[a + side].position - bones[b + side].position);
        };
        EXPECT_NEAR(between(kThigh, kShin), kSize.thigh, 1e-3F);
        EXPECT_NEAR(between(kShin, kFoot), kSize.shin, 1e-3F);
        EXPECT_NEAR(between(kUpperArm, kForearm), kSize.upper_arm, 1e-3F);
      }
    }
  }
}

// In place, the ground goes by at the speed of the body: a foot that stands moves with it. Only a
// frame in which it is set down or lifted may differ.
TEST(Skeleton, LetsAFootStandStillInTheWorldWhileItCarries) {
  for (const float speed : {1.0F, 1.4F, 1.8F}) {
    Random random(2);
    const Motion motion = biped_motion(kSize, Action::kWalk, speed, random);
    int standing = 0, sliding = 0;
    for (int frame = 0; frame < 100; ++frame) {
      const float t = kFrame_s * static_cast<float>(frame);
      for (std::size_t side = 0; side < 2; ++side) {
        const Vec3 now = toe(motion(t), side), next = toe(motion(t + kFrame_s), side);
        if (std::max(now.y, next.y) > 0.003F) continue;
        ++standing;
        if (std::abs((next.z - now.z) / kFrame_s - speed) > 0.1F * speed) ++sliding;
      }
    }
    EXPECT_GT(standing, 60) << speed;
    EXPECT_LT(sliding, 0.08F * static_cast<float>(standing)) << speed;
  }
}

TEST(Skeleton, LeapsWithBothFeetOffTheGround) {
  Random random(3);
  const Motion motion = biped_motion(kSize, Action::kLeap, 0, random);
  float highest = 0, low = 1;
  for (int frame = 0; frame < 75; ++frame) {
    const auto bones = motion(kFrame_s * static_cast<float>(frame));
    const float feet = std::min(toe(bones, 0).y, toe(bones, 1).y);
    highest = std::max(highest, feet);
    low = std::min(low, feet);
  }
  EXPECT_GT(highest, 0.25F);
  EXPECT_NEAR(low, 0, 0.03F);
}

TEST(Figure, StandsOnTheGroundAtAllTimes) {
  for (const FigureKind kind : {FigureKind::kPerson, FigureKind::kRobot, FigureKind::kAnimal,
                                FigureKind::kRobotDog, FigureKind::kMachine}) {
    for (const Action action : {Action::kStand, Action::kWalk, Action::kDance, Action::kSit}) {
      for (std::uint64_t seed = 0; seed < 5; ++seed) {
        const Figure one = figure(kind, action, seed);
        for (int frame = 0; frame < 20; ++frame) {
          EXPECT_NEAR(lowest(one.at(0.13F * static_cast<float>(frame))), 0, 0.06F)
              << static_cast<int>(kind) << " " << static_cast<int>(action) << " " << seed;
        }
      }
    }
  }
}

TEST(Figure, MovesSmoothlyAndTheSameForItsSeed) {
  const auto corners = [](const Mesh& mesh) {
    std::vector<float> values;
    for (const Triangle& triangle : mesh.triangles) {
      for (const Vec3& p : triangle.position) values.insert(values.end(), {p.x, p.y, p.z});
    }
    return values;
  };
  for (int a = 0; a <= static_cast<int>(Action::kGesture); ++a) {
    const auto action = static_cast<Action>(a);
    const Figure one = figure(FigureKind::kPerson, action, 7);
    EXPECT_EQ(corners(one.at(0.4F)), corners(figure(FigureKind::kPerson, action, 7).at(0.4F)));
    std::vector<float> before = corners(one.at(0));
    float largest = 0;
    for (int frame = 1; frame < 100; ++frame) {
      const std::vector<float> now = corners(one.at(kFrame_s * static_cast<float>(frame)));
      ASSERT_EQ(now.size(), before.size());
      float step = 0;
      for (std::size_t i = 0; i < now.size(); ++i) {
        step = std::max(step, std::abs(now[i] - before[i]));
      }
      largest = std::max(largest, step);
      EXPECT_LT(step / kFrame_s, 9) << a << " at frame " << frame;  // Metres/second.
      before = now;
    }
    EXPECT_GT(largest, 1e-3F) << a;
  }
}

}  // namespace
