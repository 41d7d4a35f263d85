#pragma once

#include <c10/core/Device.h>

#include <string>
#include <vector>

#include "nn/device.hpp"

namespace rollingdepth {

/// Every NVIDIA GPU that the driver lists, those that cannot be used with the reason.
std::vector<DeviceDescription> list_gpus();

/// GPU `index`. @throws Error(kDevice) saying why it cannot be used.
/// @param asked as the user wrote it, for the message.
c10::Device require_gpu(std::size_t index, std::string_view asked);

/// Every GPU that can be used.
std::vector<c10::Device> usable_gpus();

/// What `auto` makes of the GPUs: the first that can be used.
struct GpuChoice {
  std::optional<c10::Device> device;
  std::string why_not;  ///< Of the first GPU, where none can be used; empty where there is none.
};
const GpuChoice& choose_gpu();

/// "sm_75"; empty for other devices, and where it is not known.
std::string gpu_architecture(c10::Device device);

/// "NVIDIA H200 (sm_90)"; empty for other devices.
std::string gpu_name(c10::Device device);

/// Runs a convolution of 8 x 8 pixels on `device`, in float16 and in float32.
/// @return what went wrong; empty where both results are right.
std::string convolution_problem(c10::Device device);

}  // namespace rollingdepth
