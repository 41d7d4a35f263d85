#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/crew.hpp"

namespace rollingdepth::testing {

/// Members of one thread each; one alone works in the caller's.
inline std::vector<CrewMember> members(std::size_t count) {
  std::vector<CrewMember> named;
  for (std::size_t i = 0; i < count; ++i) named.push_back({.name = "worker " + std::to_string(i)});
  return named;
}

/// Tasks for one who works alone, at once.
struct SoloCrew {
  SilentProgress progress;
  Crew crew{members(1)};
  CrewTasks tasks{crew, progress};
};

}  // namespace rollingdepth::testing
