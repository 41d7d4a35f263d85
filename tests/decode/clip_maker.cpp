#include "clip_maker.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string_view>

namespace rollingdepth::testing {

namespace fs = std::filesystem;

void run_ffmpeg(const std::string& arguments, const fs::path& output) {
  const std::string command = std::string("\"") + ROLLINGDEPTH_FFMPEG + "\" -nostdin -v error -y " +
                              arguments + " \"" + output.string() + "\"";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
}

std::string counting_source(int frames) {
  return "-f lavfi -i \"color=black:s=64x48:r=25,format=gray,geq=lum='40+4*N'\" -frames:v " +
         std::to_string(frames);
}

std::string quarters_source(int frames) {
  const auto flat = [](const std::string& colour) {
    return "color=" + colour + ":s=32x24:r=25,format=gbrp";
  };
  return "-f lavfi -i \"" + flat("0xff0000") + "[a];" + flat("0x00ff00") + "[b];" +
         flat("0x0000ff") + "[c];" + flat("0xffffff") +
         "[d];[a][b]hstack[e];[c][d]hstack[f];[e][f]vstack\" -frames:v " + std::to_string(frames);
}

void set_display_matrix(const fs::path& mp4, const std::array<double, 4>& linear_part) {
  constexpr std::string_view kTrackHeader = "tkhd";
  constexpr std::ptrdiff_t kMatrixOffset = 44;  // From the name, in version 0 of the header.
  std::vector<char> bytes = read_bytes(mp4);
  const auto header =
      std::search(bytes.begin(), bytes.end(), kTrackHeader.begin(), kTrackHeader.end());
  if (bytes.end() - header < kMatrixOffset + 36) throw std::runtime_error("no track header");
  const std::array<double, 9> matrix = {
      linear_part[0], linear_part[1], 0, linear_part[2], linear_part[3], 0, 0, 0, 16384};
  auto out = header + kMatrixOffset;
  for (const double entry : matrix) {
    const auto fixed = static_cast<std::uint32_t>(std::llround(entry * 65536));
    for (int shift = 24; shift >= 0; shift -= 8) *out++ = static_cast<char>(fixed >> shift);
  }
  write_bytes(mp4, bytes);
}

std::vector<char> read_bytes(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_bytes(const fs::path& file, const std::vector<char>& bytes) {
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace rollingdepth::testing
