#include "media/library_messages.hpp"

#include <c10/util/Exception.h>

#include <array>
#include <cstdlib>
#include <opencv2/core.hpp>
#include <opencv2/core/utils/logger.hpp>
#include <sstream>
#include <utility>

#include "media/libav.hpp"

extern "C" {
#include <libavutil/log.h>
}

namespace rollingdepth {
namespace {

// Never destroyed: a library may speak while the process ends.
const LibraryListener*& listener() {
  static const LibraryListener* everybody = nullptr;
  return everybody;
}

void tell(const std::string& line) {
  if (listener() != nullptr && !line.empty()) (*listener())(line);
}

// libav hands a line over in parts; those of two threads may come in turns.
void take_libav_message(void* context, int level, const char* format, va_list values) {
  if (level > AV_LOG_WARNING) return;
  thread_local std::string line;
  thread_local int begins_line = 1;
  std::array<char, 1024> text{};
  const int length = av_log_format_line2(context, level, format, values, text.data(),
                                         static_cast<int>(text.size()), &begins_line);
  line += text.data();
  const bool ends = line.ends_with('\n') || line.ends_with('\r');
  if (!ends && length < static_cast<int>(text.size())) return;
  if (ends) line.pop_back();
  tell(std::exchange(line, {}));
}

// What it would throw anyway; only builds for debugging print it.
int take_opencv_error(int /*status*/, const char* function, const char* message, const char* file,
                      int line, void* /*data*/) {
  tell(std::string("opencv: ") + message + " in " + function + ", " + file + ":" +
       std::to_string(line));
  return 0;
}

class TorchListener final : public c10::WarningHandler {
 public:
  void process(const c10::Warning& warning) override {
    std::istringstream lines(warning.msg());
    for (std::string line; std::getline(lines, line);) tell("libtorch: " + line);
  }
};

}  // namespace

void listen_to_libraries(LibraryListener everybody) {
  if (everybody) {
    listener() = new LibraryListener(std::move(everybody));
    av_log_set_callback(&take_libav_message);
    cv::redirectError(&take_opencv_error);
  }
  // OpenCV 4.6 has no other way; who sets its level wants to see it.
  if (std::getenv("OPENCV_LOG_LEVEL") == nullptr) {
    cv::utils::logging::setLogLevel(cv::utils::logging::LOG_LEVEL_SILENT);
  }
  listen_to_torch();
}

void listen_to_torch() {
  static TorchListener handler;
  c10::WarningUtils::set_warning_handler(&handler);
}

}  // namespace rollingdepth
