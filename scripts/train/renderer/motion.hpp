// How the camera and the things of a composed scene move, on one clock.
#pragma once

#include "builder.hpp"

/// Gives the scene its views and their times, and lets some of what stands in it move: people,
/// robots and animals on skeletons, vehicles along their heading, things that are pushed.
void move(Builder& builder, Random& random, Scene& scene, const Take& take);
