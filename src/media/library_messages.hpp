#pragma once

#include <functional>
#include <string>

namespace rollingdepth {

/// Takes what the libraries have to say, a line at a time, such as "[h264 @ 0x5562] no frame!".
/// Called from any thread, also from several at once.
using LibraryListener = std::function<void(const std::string& line)>;

/// From here on nothing that libav, OpenCV or LibTorch say is printed: it goes to `listener`, or
/// nowhere where that is empty. Of libav warnings and errors; its encoders tell statistics
/// at the next level. LibTorch's warnings are meant for a thread: those of the calling one are
/// taken; other threads call listen_to_torch(). REQUIRES: called once, before these libraries are
/// used.
void listen_to_libraries(LibraryListener listener);

/// The same for LibTorch's warnings on the calling thread.
void listen_to_torch();

}  // namespace rollingdepth
