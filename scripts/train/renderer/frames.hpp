// Structures that the sky shows through: meshes of beams, tubes and bare branches, in metres.
#pragma once

#include "shapes.hpp"

/// Appends a straight bar from `from` to `to`, square in section.
void append_bar(Mesh& mesh, Vec3 from, Vec3 to, float thickness, Vec3 color);

/// Appends a lattice girder: four chords that taper from one width to another, rings, diagonals.
void append_girder(Mesh& mesh, Vec3 from, Vec3 to, float width_from, float width_to, float bar,
                   int cells, Vec3 color);

/// Appends a wire that hangs through by `sag` between its ends.
void append_wire(Mesh& mesh, Vec3 from, Vec3 to, float sag, float radius, Vec3 color);

/// A pylon with arms and the wires to the next two, along z.
Mesh pylon(Random& random, float height);

/// A tower crane with its jib along x.
Mesh crane(Random& random, float height);

/// Tubes and planks before a front of `size`.
Mesh scaffold(Random& random, Vec3 size);

/// A truss bridge along z, open above and at the sides.
Mesh bridge(Random& random, Vec3 size);

/// The bare frame of a hall: columns and roof girders of `size`.
Mesh hall_frame(Random& random, Vec3 size);

/// A tree without leaves.
Mesh bare_tree(Random& random, float height);

/// A mast with dishes and rods, or a street's lamp or sign post.
Mesh mast(Random& random, float height);
