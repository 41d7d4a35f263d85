#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "data_file.hpp"
#include "media/npy.hpp"
#include "method/video_depth_anything/video_depth_anything.hpp"
#include "method/windows/recorded_values.hpp"

namespace rollingdepth::vda {

using testing::relative;
using testing::thinned;

/// What the original program gave with tiny random weights, float32 on a CPU.
inline std::filesystem::path recorded_file(const std::string& name) {
  return testing::data_file("vda") / name;
}

inline at::Tensor recorded(const std::string& name) {
  return read_npy(recorded_file(name + ".npy"));
}

/// The exporter's package of the same weights.
inline std::filesystem::path tiny_package() { return recorded_file("model"); }

inline Options tiny_options() {
  Options options;
  options.clip.res_px = 28;
  return options;
}

inline VideoDepthAnything tiny_method(const Options& options = tiny_options()) {
  return {open_package(tiny_package()), options};
}

}  // namespace rollingdepth::vda
