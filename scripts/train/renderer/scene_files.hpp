// The files that the trainer reads, format 2; see ../README.md.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "scene.hpp"

/// One rendered scene: V views of h x w pixels.
struct SceneData {
  float kind = 0;
  float moving = 0;               ///< 1 where something besides the camera moves.
  float inverse_depth_limit = 0;  ///< What 65535 means in `disparity`, 1/metre.
  float focal_px = 0;
  std::vector<float> pose;               ///< [V, 12] rows of camera_from_world, then the position.
  std::vector<std::uint8_t> rgb;         ///< [V, h, w, 3]
  std::vector<std::uint16_t> disparity;  ///< [V, h, w]
  std::vector<std::uint8_t> object;      ///< [V, h, w]; 0 or the number of what moves.
};

/// Folder of slots of equal size, which are written in any order and may be written again.
///
/// The serial of a slot in scenes.bin is 0 from before its other bytes change until they have, so
/// that who maps the files knows a whole copy by an unchanged serial that is not 0.
class SceneFiles {
 public:
  /// `slots` of a ring, for which the files have room from the start, so that they can be mapped
  /// once; 0: as many as are put.
  /// @throws std::runtime_error where a file cannot be written; so does put.
  SceneFiles(const std::string& folder, const Take& take, bool objects, std::uint64_t slots);

  /// Writes scene number `serial`, from 1 on, into `slot`.
  void put(std::size_t slot, std::uint64_t serial, const SceneData& scene);

 private:
  void write(std::ofstream& file, std::size_t at, const void* bytes, std::size_t count);
  void flush();

  std::ofstream records_, rgb_, disparity_, objects_;
  bool with_objects_;
};
