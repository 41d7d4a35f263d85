#pragma once

#include <ATen/ATen.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "data_file.hpp"
#include "media/npy.hpp"
#include "method/gemdepth/gemdepth.hpp"
#include "method/windows/recorded_values.hpp"

namespace rollingdepth::gemdepth {

using testing::relative;

/// What the original program gave with tiny random weights, float32 on a CPU, without dropout and
/// with all poses used or none.
inline std::filesystem::path recorded_file(const std::string& name) {
  return testing::data_file("gem") / name;
}

inline at::Tensor recorded(const std::string& name) {
  return read_npy(recorded_file(name + ".npy"));
}

/// The exporter's package of the same weights.
inline std::filesystem::path tiny_package() { return recorded_file("model"); }

/// Recorded arrays keep every k-th value, so that all of them are small: the same of `array`.
inline at::Tensor thinned_as(const at::Tensor& array, const at::Tensor& recording) {
  const std::int64_t kept = recording.numel();
  return testing::thinned(array, (array.numel() + kept / 2) / kept);
}

inline Options tiny_options() {
  Options options;
  options.clip.res_px = 28;
  return options;
}

inline GemDepth tiny_method(const Options& options = tiny_options()) {
  return {open_package(tiny_package()), options};
}

}  // namespace rollingdepth::gemdepth
