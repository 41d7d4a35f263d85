#include "write/ply_file.hpp"

#include <bit>
#include <cstring>

namespace rollingdepth {
namespace {

static_assert(std::endian::native == std::endian::little, "floats are written as they lie");

std::string header(std::size_t points, const std::vector<std::string>& comments) {
  std::string text = "ply\nformat binary_little_endian 1.0\n";
  for (const std::string& comment : comments) text += "comment " + comment + "\n";
  text += "element vertex " + std::to_string(points) + "\n";
  for (const char* axis : {"x", "y", "z"}) text.append("property float ").append(axis) += '\n';
  for (const char* color : {"red", "green", "blue"}) {
    text.append("property uchar ").append(color) += '\n';
  }
  return text + "end_header\n";
}

}  // namespace

std::string ply_bytes(const std::vector<ColoredPoint>& points,
                      const std::vector<std::string>& comments) {
  std::string bytes = header(points.size(), comments);
  const std::size_t start = bytes.size();
  bytes.resize(start + points.size() * kPlyPointBytes);
  char* out = bytes.data() + start;
  for (const ColoredPoint& point : points) {
    // Its fields lie in this order, without gaps but at the end.
    static_assert(offsetof(ColoredPoint, blue) == kPlyPointBytes - 1);
    std::memcpy(out, &point, kPlyPointBytes);
    out += kPlyPointBytes;
  }
  return bytes;
}

}  // namespace rollingdepth
