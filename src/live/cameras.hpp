#pragma once

#include <string>

#include "media/libav.hpp"

namespace rollingdepth::live {

/// libav's reader of cameras. Its library, libavdevice, is opened when it is first asked for: it
/// needs dozens of libraries, and few runs need it.
/// @throws Error(kInput) where it is missing, naming the package.
const AVInputFormat* camera_format();

/// @throws SourceLost where there is no such device, or it must not be read.
void require_camera(const std::string& device);

}  // namespace rollingdepth::live
