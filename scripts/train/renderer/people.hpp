// People, animals and machines that move: rigid parts on a skeleton.
#pragma once

#include <functional>

#include "shapes.hpp"
#include "skeleton.hpp"

enum class FigureKind { kPerson, kRobot, kAnimal, kRobotDog, kMachine };

/// Gives the index of a texture, or -1 for a plain colour.
using Fabric = std::function<int()>;

/// Somebody or something that moves by itself, with a body, clothes and a way to move of its own.
class Figure {
 public:
  Figure(FigureKind kind, Action action, Random& random, const Fabric& fabric);

  /// The whole body after `seconds`, feet on y = 0 (but in a leap), facing -z, in place. Its size
  /// is that of all its poses, so that it keeps others clear.
  Mesh at(float seconds) const;

  /// How fast the body moves along -z while its feet do what at() shows, metres/second.
  float speed_mps() const { return speed_mps_; }

 private:
  struct Part {
    Mesh mesh;
    std::size_t bone;
  };

  void add(Mesh mesh, std::size_t bone, Vec3 offset, Vec3 color, int texture = -1);
  /// A rounded limb of `length` along -y from the bone's joint, from radius `top` to `bottom`.
  void add_limb(std::size_t bone, float length, float top, float bottom, Vec3 color, int texture);
  void build_person(Action action, Random& random, const Fabric& fabric);
  void build_robot(Action action, Random& random, const Fabric& fabric);
  void build_animal(Random& random, const Fabric& fabric, bool robot);
  void build_machine(Random& random, const Fabric& fabric);

  float speed_mps_ = 0;
  Motion motion_;
  std::vector<Part> parts_;
  Vec3 size_m_;
};

/// A person in a random pose that does not move.
Mesh mannequin(Random& random);
