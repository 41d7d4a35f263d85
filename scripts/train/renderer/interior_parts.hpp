// A furnished interior on its way: its shell first, then what stands in it.
#pragma once

#include "compose_parts.hpp"
#include "fittings.hpp"

enum class Style { kLiving, kBedroom, kOffice, kKitchen, kWorkshop, kCorridor, kHall };

/// One wall of the room, with its openings from left to right.
struct Side {
  float length = 0, distance = 0;  // Along the wall; from the room's middle to its inside.
  float yaw = 0;
  bool windows = false;
  std::vector<Opening> openings;

  /// The point `along` the wall, `out` from it into the room and `height` above the floor.
  Vec3 at(float along, float out, float height = 0) const {
    return rotation_y(yaw) * Vec3{along, height, distance - out};
  }
};

struct Interior {
  Style style;
  Room room;
  std::array<Side, 4> sides;
};

/// Lines a wall with furniture from left to right, and hangs something over what is low.
void line_wall(Builder& builder, Random& random, const Interior& interior, const Side& side);

/// What stands in the middle of the room and hangs from its ceiling.
void fill_middle(Builder& builder, Random& random, const Interior& interior);

/// Monitors, keyboard, lamp and clutter on a desk, mostly a chair before it.
void set_up_desk(Builder& builder, Random& random, const Mesh& desk_mesh, Vec3 at, float yaw);
