#include "base/versions.hpp"

#include <torch/version.h>

namespace rollingdepth {

std::string program_version() { return ROLLINGDEPTH_VERSION; }

std::string torch_version() { return TORCH_VERSION; }

}  // namespace rollingdepth
