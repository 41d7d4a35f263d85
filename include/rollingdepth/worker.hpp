#pragma once

#include <c10/core/Device.h>

#include <string>

namespace rollingdepth {

/// Who computes units of a clip beside others of its kind; all give the same bytes.
struct Worker {
  c10::Device device = c10::Device(c10::kCPU);
  int threads = 1;  ///< On CPU: inside an operation of the networks.
};

}  // namespace rollingdepth
