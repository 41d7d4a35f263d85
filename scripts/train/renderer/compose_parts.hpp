// The parts that the kinds of scenes share; compose() in scene.hpp puts them together.
#pragma once

#include "builder.hpp"

/// A room around the origin, its floor at y = 0, metres.
struct Room {
  float width, height, depth;
};

/// Walls, floor and ceiling, and what hangs on the walls; sides within [size_low, size_high].
Room add_room(Builder& builder, Random& random, float size_low, float size_high);

/// Furniture, people and loose things, clear of what was blocked before.
void furnish(Builder& builder, Random& random, const Room& room, Scene& scene);

void light_indoors(Scene& scene, Random& random, float height, float spread);

/// Ground, sky and sun, buildings, plants, people, vehicles, poles and fences.
void compose_outdoors(Builder& builder, Random& random, Scene& scene);
