#pragma once

#include <string>

namespace rollingdepth::live {

/// A page that shows an MJPEG stream in the whole window, and asks for it again where it breaks.
/// @param path of the stream on the same server: "/depth".
std::string stream_page(const std::string& path);

}  // namespace rollingdepth::live
