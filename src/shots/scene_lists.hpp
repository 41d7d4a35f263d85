#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "shots/cuts.hpp"

namespace rollingdepth {

/// A scene as a file has it: frames from 0, the end exclusive.
struct ListedScene {
  std::int64_t begin = 0;
  std::int64_t end = 0;  ///< Below 0: the file does not say.
  std::string place;     ///< In the file, for messages: "line 3".
};

/// @throws Error(kInput) saying what is wrong, without the file's name.
std::vector<ListedScene> parse_scene_csv(std::string_view text);
std::vector<ListedScene> parse_scene_json(std::string_view text);

/// Where scenes begin, but for frame 0.
/// @throws Error(kInput) for scenes that do not follow each other, naming the place.
Cuts cuts_of(const std::vector<ListedScene>& scenes);

}  // namespace rollingdepth
