#include "live/cameras.hpp"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "live/source_lost.hpp"

extern "C" {
#include <libavutil/macros.h>
}

namespace rollingdepth::live {
namespace {

// Both libraries are released together, with the same number.
#define ROLLINGDEPTH_AVDEVICE_NUMBER AV_STRINGIFY(LIBAVFORMAT_VERSION_MAJOR)
constexpr const char* kLibrary = "libavdevice.so." ROLLINGDEPTH_AVDEVICE_NUMBER;
constexpr const char* kPackage = "libavdevice" ROLLINGDEPTH_AVDEVICE_NUMBER;
#undef ROLLINGDEPTH_AVDEVICE_NUMBER

[[noreturn]] void fail(const std::string& why) {
  throw Error(ErrorKind::kInput, "cameras cannot be read: " + why);
}

const AVInputFormat* load_camera_format() {
  void* library = dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* why = dlerror();
    fail(std::string(why != nullptr ? why : kLibrary) + " (install FFmpeg's libavdevice, package " +
         kPackage + " of Debian)");
  }
  using RegisterDevices = void (*)();
  const auto register_devices =
      reinterpret_cast<RegisterDevices>(dlsym(library, "avdevice_register_all"));
  if (register_devices == nullptr) fail(std::string("no avdevice_register_all in ") + kLibrary);
  register_devices();
  const AVInputFormat* format = av_find_input_format("v4l2");
  if (format == nullptr) fail(std::string(kLibrary) + " was built without Video4Linux");
  return format;
}

}  // namespace

const AVInputFormat* camera_format() {
  static const AVInputFormat* const format = load_camera_format();
  return format;
}

void require_camera(const std::string& device) {
  struct stat status {};
  if (::stat(device.c_str(), &status) != 0) {
    throw SourceLost(errno == ENOENT ? "there is no such device (ls /dev/video* lists those that "
                                       "there are)"
                                     : std::strerror(errno));
  }
  if (!S_ISCHR(status.st_mode)) throw SourceLost("it is not a device");
  if (::access(device.c_str(), R_OK | W_OK) == 0) return;
  if (errno != EACCES) throw SourceLost(std::strerror(errno));
  throw SourceLost("permission denied; devices are for members of their group, mostly 'video'");
}

}  // namespace rollingdepth::live
