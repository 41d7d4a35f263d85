#pragma once

#include <ATen/ATen.h>

#include <cstdio>
#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace rollingdepth::testing {

/// What a shell command prints. @throws std::runtime_error where it fails.
inline std::string output_of(const std::string& command) {
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("popen: " + command);
  std::string output;
  char buffer[65536];
  std::size_t size = 0;
  while ((size = std::fread(buffer, 1, sizeof(buffer), pipe)) > 0) output.append(buffer, size);
  if (::pclose(pipe) != 0) throw std::runtime_error("failed: " + command);
  return output;
}

/// One word per line of what ffprobe says of the first video stream, e.g. "stream=width,height".
inline std::vector<std::string> probe(const std::filesystem::path& file,
                                      const std::string& entries) {
  std::istringstream lines(output_of("ffprobe -v error -select_streams v:0 -show_entries " +
                                     entries + " -of default=noprint_wrappers=1:nokey=1 '" +
                                     file.string() + "'"));
  std::vector<std::string> words;
  for (std::string word; lines >> word;) words.push_back(word);
  return words;
}

/// All pictures of a video, decoded by the ffmpeg program: [N, H, W, 3] uint8.
inline at::Tensor decoded(const std::filesystem::path& file, std::int64_t height_px,
                          std::int64_t width_px) {
  std::string bytes = output_of("ffmpeg -v error -i '" + file.string() +
                                "' -fps_mode passthrough -sws_flags accurate_rnd+full_chroma_int "
                                "-f rawvideo -pix_fmt rgb24 -");
  const std::int64_t frames = static_cast<std::int64_t>(bytes.size()) / (3 * width_px * height_px);
  return at::from_blob(bytes.data(), {frames, height_px, width_px, 3}, at::kByte).clone();
}

/// The largest difference of two uint8 pictures.
inline int largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kInt) - b.to(at::kInt)).abs().max().item<int>();
}

}  // namespace rollingdepth::testing
