// What belongs to houses: openings, windows, doors, desks with what stands on them, sofas, beds,
// stairs. Meshes in metres on y = 0 with colours of their own; fronts face -z.
#pragma once

#include "shapes.hpp"

/// A hole in a wall, metres from the wall's middle and from the floor.
struct Opening {
  float left, right, bottom, top;
};

/// A wall along x of `size` around z = 0 with the openings left out; they must not overlap and are
/// in order from left to right.
Mesh wall_with_openings(Vec3 size, std::span<const Opening> openings);

/// The frame of an opening with bars between the panes; panes are clean, so nothing is there.
Mesh window_frame(Random& random, const Opening& opening, float depth);

/// The casing of a doorway.
Mesh door_casing(const Opening& opening, float depth, Vec3 color);

/// A closed door with panels and a handle.
Mesh door(Random& random, Vec3 size);

/// A curtain in folds that hangs along x.
Mesh curtain(Random& random, Vec3 size);

/// Slats of a blind.
Mesh blind(Random& random, Vec3 size);

Mesh desk(Random& random, Vec3 size);
Mesh chair(Random& random);
Mesh sofa(Random& random, float width);
Mesh bed(Random& random, float width);

/// Kitchen units along x with a worktop, or those that hang on the wall.
Mesh kitchen_units(Random& random, Vec3 size);

/// The stand and case of a monitor; its screen of `size` is at z = -0.021, from y = size.y / 2 on.
Mesh monitor(Vec3 size);

Mesh keyboard(Random& random);
Mesh desk_lamp(Random& random);
Mesh pot_plant(Random& random, float height);

/// A lamp's shade on a cable of `drop` metres; its top is at y = drop + height of the shade.
Mesh hanging_lamp(Random& random, float drop);

/// Stairs of `count` steps that rise along z.
Mesh stairs(float width, int count, float rise, float going, Vec3 color);
