#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "write/point_cloud.hpp"

namespace rollingdepth::testing {

/// A PLY file of ours, taken apart byte for byte.
struct PlyFile {
  std::vector<std::string> header;  ///< Its lines but the comments.
  std::vector<std::string> comments;
  std::vector<ColoredPoint> points;
};

/// @throws std::runtime_error where the bytes are not as many as the header says.
inline PlyFile parse_ply(const std::string& bytes) {
  constexpr std::size_t kPointBytes = 15;
  const std::string end = "end_header\n";
  const std::size_t body = bytes.find(end) + end.size();
  std::istringstream lines(bytes.substr(0, body));
  PlyFile file;
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("comment ")) {
      file.comments.push_back(line.substr(8));
    } else {
      file.header.push_back(line);
    }
    if (line.starts_with("element vertex ")) count = std::stoul(line.substr(15));
  }
  if (bytes.size() != body + count * kPointBytes) throw std::runtime_error("size of a PLY file");
  for (std::size_t i = 0; i < count; ++i) {
    const char* at = bytes.data() + body + i * kPointBytes;
    ColoredPoint point{};
    std::memcpy(&point.x, at, 4);
    std::memcpy(&point.y, at + 4, 4);
    std::memcpy(&point.z, at + 8, 4);
    point.red = static_cast<std::uint8_t>(at[12]);
    point.green = static_cast<std::uint8_t>(at[13]);
    point.blue = static_cast<std::uint8_t>(at[14]);
    file.points.push_back(point);
  }
  return file;
}

inline PlyFile read_ply(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  return parse_ply({std::istreambuf_iterator<char>(stream), {}});
}

}  // namespace rollingdepth::testing
