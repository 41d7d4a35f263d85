#pragma once

#include <string>

namespace rollingdepth {

/// "0.1.0".
std::string program_version();
/// Of the LibTorch that the program was compiled with.
std::string torch_version();

}  // namespace rollingdepth
