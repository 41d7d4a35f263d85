#include "motion.hpp"

namespace {

constexpr float kPi = std::numbers::pi_v<float>;

// The spacings of the program's presets, 1, 10 and 25 frames, and what lies between.
float spacing_frames(Random& random) {
  const float draw = random.uniform();
  if (draw < 0.3F) return 1;
  if (draw < 0.5F) return 25;
  return draw < 0.6F ? 10 : random.log_uniform(1, 25);
}

Camera first_camera(const Scene& scene, Random& random, const Take& take) {
  const float field_of_view = random.uniform(38, 85) * kPi / 180;
  Camera camera = scene.views.front();
  camera.width_px = take.width_px;
  camera.height_px = take.height_px;
  camera.focal_px = static_cast<float>(take.width_px) / 2 / std::tan(field_of_view / 2);
  return camera;
}

Camera moved(const Camera& from, Vec3 by, float yaw, float pitch, float roll) {
  Camera camera = from;
  camera.position = from.position + by;
  camera.camera_from_world =
      rotation_z(roll) * rotation_x(pitch) * rotation_y(-yaw) * from.camera_from_world;
  return camera;
}

// Three views along a bend. How far the camera has come from one to the next stands for the
// spacing of a snippet's frames.
void take_snippet(Scene& scene, Random& random, const Camera& first, float distance) {
  const bool still = random.chance(0.15F);
  const float spacing = spacing_frames(random);
  const float step =
      still ? 0 : distance * std::min(random.log_uniform(0.002F, 0.02F) * spacing, 0.1F);
  const float turn = still ? 0 : std::min(0.004F * spacing, 0.06F);
  const Vec3 heading = normalized({random.normal(), random.normal(0.5F), random.normal()});
  const Vec3 bend{random.normal(0.3F), random.normal(0.15F), random.normal(0.3F)};
  const float yaw = random.normal(turn), pitch = random.normal(turn * 0.6F),
              roll = random.normal(turn * 0.4F);
  for (int i = 0; i < 3; ++i) {
    const auto k = static_cast<float>(i - 1);
    scene.views.push_back(
        moved(first, heading * (step * k) + bend * (step * k * k), yaw * k, pitch * k, roll * k));
    scene.seconds.push_back(k * spacing / kFramesPerSecond);
  }
}

// Smooth noise of a hand: two sines of 0.2 to 2 Hz.
class Sway {
 public:
  Sway(Random& random, float amplitude) : amplitude_(amplitude) {
    for (std::size_t i = 0; i < 2; ++i) {
      hertz_[i] = random.log_uniform(0.2F, 2);
      phase_[i] = random.uniform(0, 2 * kPi);
    }
  }
  float at(float seconds) const {
    float sum = 0;
    for (std::size_t i = 0; i < 2; ++i)
      sum += std::sin(2 * kPi * hertz_[i] * seconds + phase_[i]) / std::sqrt(hertz_[i]);
    return amplitude_ * sum / 2;
  }

 private:
  float amplitude_;
  std::array<float, 2> hertz_{}, phase_{};
};

// Consecutive frames from a tripod, by a pan, on a dolly, from the hand, or walking. The camera
// stays within a tenth of the target's distance of where it stands, so that it meets no wall.
void take_clip(Scene& scene, Random& random, const Camera& first, float distance, int views) {
  enum { kTripod, kPan, kDolly, kHand, kWalk };
  const int how = random.integer(kTripod, kWalk);
  const float duration = static_cast<float>(views) / kFramesPerSecond, reach = 0.1F * distance;
  const bool travels = how == kDolly || how == kWalk, held = how == kHand || how == kWalk;
  const float speed =
      travels ? std::min(random.log_uniform(0.05F, 0.5F) * distance, 2 * reach / duration) : 0;
  const Vec3 heading = normalized({random.normal(), random.normal(0.15F), random.normal()});
  const float pan = how == kPan ? random.normal(0.15F) : random.normal(travels ? 0.04F : 0);
  const float tilt = how == kPan ? random.normal(0.05F) : 0;
  // A hand moves by centimetres, however far it looks.
  const float shake = held ? std::min(reach * 0.3F, 0.02F) : 0;
  const Sway right(random, shake), up(random, shake * 0.7F), yaw(random, held ? 0.02F : 0),
      pitch(random, held ? 0.015F : 0), roll(random, held ? 0.01F : 0);
  const float bob = how == kWalk ? std::min(0.03F, 0.3F * reach) : 0;
  for (int i = 0; i < views; ++i) {
    const float t = (static_cast<float>(i) - static_cast<float>(views - 1) / 2) / kFramesPerSecond;
    const Vec3 sway{right.at(t), up.at(t) + bob * std::sin(2 * kPi * 1.9F * t), 0};
    scene.views.push_back(moved(first, heading * (speed * t) + sway, pan * t + yaw.at(t),
                                tilt * t + pitch.at(t), roll.at(t)));
    scene.seconds.push_back(t);
  }
}

FigureKind figure_kind(Random& random) {
  const float draw = random.uniform();
  if (draw < 0.62F) return FigureKind::kPerson;
  if (draw < 0.82F) return FigureKind::kRobot;
  if (draw < 0.88F) return FigureKind::kAnimal;
  return draw < 0.94F ? FigureKind::kRobotDog : FigureKind::kMachine;
}

// Where there is little room, mostly what does not leave its place.
Action action(Random& random, bool confined) {
  const float draw = random.uniform() * (confined ? 0.8F : 1.0F) + (confined ? 0.2F : 0.0F);
  if (draw < 0.3F) return Action::kWalk;
  if (draw < 0.4F) return confined ? Action::kWalk : Action::kRun;
  if (draw < 0.52F) return Action::kLeap;
  if (draw < 0.7F) return Action::kDance;
  if (draw < 0.76F) return Action::kSit;
  return draw < 0.86F ? Action::kWave : Action::kGesture;
}

// Half of the figures come towards the camera or go away from it, but none comes up to the lens.
float heading(Random& random, const Scene& scene, Vec3 place, float speed_mps) {
  if (random.chance(0.5F)) return random.uniform(0, 2 * kPi);
  const Vec3 to_eye = scene.views[scene.views.size() / 2].position - place;
  const float reach = speed_mps * scene.seconds.back() + 1;
  const bool comes = random.chance(0.6F) && std::hypot(to_eye.x, to_eye.z) > reach;
  return std::atan2(-to_eye.x, -to_eye.z) + (comes ? 0 : kPi) + random.normal(0.25F);
}

// Puts a figure that moves in the place of `instance`.
void set_figure(Builder& builder, Random& random, const Scene& scene, Instance& instance) {
  const auto fabric = [&] { return random.chance(0.6F) ? builder.texture(TextureKind::kAny) : -1; };
  const Figure figure(figure_kind(random), action(random, scene.floor != Floor::kOpen), random,
                      fabric);
  const float start = random.uniform(1, 5);
  instance.mesh = builder.own(figure.at(start));
  instance.material = {};
  instance.scale = {1, 1, 1};
  instance.rotation = rotation_y(heading(random, scene, instance.position, figure.speed_mps()));
  instance.velocity = instance.rotation * Vec3{0, 0, -figure.speed_mps()};
  for (const float seconds : scene.seconds)
    instance.poses.push_back(builder.own(figure.at(start + seconds)));
}

bool is_person(const Instance& instance) {
  return instance.movable && instance.mesh->kind == MeshKind::kPerson;
}

// In half of the scenes with people most of them move; some scenes without get a figure.
void move_figures(Builder& builder, Random& random, Scene& scene) {
  const bool peopled = std::any_of(scene.instances.begin(), scene.instances.end(), is_person);
  if (!random.chance(peopled ? 0.55F : 0.2F)) return;
  if (!peopled) {
    if (scene.floor == Floor::kNone) return;
    const float away = random.log_uniform(1.5F, 6);
    const Vec3 eye = scene.views.front().position, ahead = scene.target - eye;
    const float along = std::min(away / std::max(length(ahead), 0.1F), 1.0F);
    const Mesh* person = builder.own(mannequin(random));
    builder.stand(person, 0, {eye.x + ahead.x * along, 0, eye.z + ahead.z * along}, 0.8F);
  }
  constexpr int kMost = 8;  // As many meshes as there are views for each.
  int figures = 0;
  for (Instance& instance : scene.instances) {
    if (!is_person(instance) || figures == kMost || (figures > 0 && !random.chance(0.7F))) continue;
    set_figure(builder, random, scene, instance);
    ++figures;
  }
}

// Vehicles drive; other things slide as if pushed, no farther than a quarter of the distance.
void move_things(Random& random, Scene& scene, float distance) {
  if (!random.chance(0.4F)) return;
  const float duration = scene.seconds.back() - scene.seconds.front();
  const float traffic_mps = random.log_uniform(0.5F, 12);  // One for all: none runs into another.
  for (Instance& instance : scene.instances) {
    const float size = std::max({instance.mesh->size_m.x * instance.scale.x,
                                 instance.mesh->size_m.z * instance.scale.z, 0.01F});
    if (!instance.movable || instance.moves()) continue;
    if (instance.mesh->kind == MeshKind::kVehicle) {
      if (scene.floor == Floor::kNone || !random.chance(0.7F)) continue;
      const Vec3 side = instance.mesh->size_m;  // Models of games face along either axis.
      const Vec3 ahead = side.z >= side.x ? Vec3{0, 0, -1} : Vec3{-1, 0, 0};
      instance.velocity = instance.rotation * ahead * traffic_mps;
    } else if (size <= 5 && random.chance(0.3F)) {
      const float fastest = 0.25F * distance / std::max(duration, 0.04F);
      const float speed = std::min(distance * random.log_uniform(0.02F, 0.8F), fastest);
      const float angle = random.uniform(0, 2 * kPi);
      instance.velocity = Vec3{std::cos(angle), 0, std::sin(angle)} * speed;
      instance.spin = random.normal(0.4F);
    }
  }
}

}  // namespace

void move(Builder& builder, Random& random, Scene& scene, const Take& take) {
  const Camera first = first_camera(scene, random, take);
  const float distance = std::max(length(scene.target - first.position), 0.2F);
  scene.views.clear();
  if (take.views == 3) {
    take_snippet(scene, random, first, distance);
  } else {
    take_clip(scene, random, first, distance, take.views);
  }
  move_figures(builder, random, scene);
  move_things(random, scene, distance);
}
