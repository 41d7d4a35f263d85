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

/// Things of all sizes that hang at any angle in the free space of a room, clear of the eye.
void float_things(Builder& builder, Random& random, const Room& room, Vec3 eye);

void light_indoors(Scene& scene, Random& random, float height, float spread);

/// Sun or clouds over a scene whose target is set.
void light_outdoors(Scene& scene, Random& random, float radius);

/// Houses of boxes along a street towards `heading` or scattered.
void add_buildings(Builder& builder, Random& random, float heading);

/// Level ground or hills, often with a road along `heading`; returns what the earth looks like.
Material add_ground(Builder& builder, Random& random, float heading);

/// Places the camera at `distance` from `target`, seen from above by `pitch_down`, but inside
/// `room` (where given) and above the floor, and turns it to the target.
void look_at(Scene& scene, Random& random, Vec3 target, float distance, float pitch_down, float yaw,
             const Room* room);

/// The kinds of scenes that have a file of their own.
void compose_outdoors(Builder& builder, Random& random, Scene& scene);
void compose_interior(Builder& builder, Random& random, Scene& scene);
void compose_shelf_wall(Builder& builder, Random& random, Scene& scene);
void compose_structures(Builder& builder, Random& random, Scene& scene);
void compose_model_town(Builder& builder, Random& random, Scene& scene);
void compose_nature(Builder& builder, Random& random, Scene& scene);
void compose_night(Builder& builder, Random& random, Scene& scene);
void compose_crowd(Builder& builder, Random& random, Scene& scene);

/// A place in a map of a game; outdoors where there are no maps.
void compose_world(Builder& builder, Random& random, Scene& scene);
