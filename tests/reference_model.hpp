#pragma once

#include <memory>
#include <string>

#include "data_file.hpp"
#include "method/rolling_depth/model.hpp"

namespace rollingdepth::testing {

/// The package exported from reference checkpoint `a` or `b`.
inline std::filesystem::path reference_package(const std::string& checkpoint) {
  return data_file("models") / checkpoint;
}

/// That package in float32 on the CPU.
inline std::unique_ptr<DepthModel> reference_model(const std::string& checkpoint) {
  return load_model(reference_package(checkpoint), c10::Device(c10::kCPU), c10::kFloat);
}

}  // namespace rollingdepth::testing
