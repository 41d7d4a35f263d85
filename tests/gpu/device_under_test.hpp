#pragma once

#include <c10/core/Device.h>

#include <cstdlib>
#include <string>

#include "nn/device.hpp"

namespace rollingdepth::testing {

/// The device that these tests are about: $ROLLINGDEPTH_TEST_DEVICE, by default cuda. With cpu they
/// are rehearsed where there is no GPU.
/// @throws Error(kDevice) where it is not there, Error(kUsage) for a word that names none.
inline c10::Device device_under_test() {
  const char* const name = std::getenv("ROLLINGDEPTH_TEST_DEVICE");
  return resolve_device(name == nullptr ? "cuda" : name);
}

/// Its own best: fp16 on a GPU.
inline c10::ScalarType dtype_under_test() { return resolve_dtype("auto", device_under_test()); }

}  // namespace rollingdepth::testing
