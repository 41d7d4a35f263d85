#include "fake_camera.hpp"

#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdarg>
#include <cstdint>
#include <cstring>
#include <deque>
#include <vector>

namespace rollingdepth::testing {
namespace {

enum class State { kAbsent, kSilent, kGiving };

constexpr unsigned kWidth = 64;
constexpr unsigned kHeight = 48;
constexpr unsigned kBytes = kWidth * kHeight * 2;
constexpr unsigned kBuffers = 4;
constexpr unsigned kBufferBytes = 1 << 16;  // Whole pages of any size.
constexpr const char* kDevice = "/dev/null";

bool there = false;
std::atomic<State> state = State::kAbsent;

/// What an open camera has. Used by the one thread that reads.
struct Stream {
  int descriptor = -1;
  std::deque<unsigned> queued;
  std::uint8_t number = 0;
  std::chrono::steady_clock::time_point next{};
};
Stream stream;

int fail(int code) {
  errno = code;
  return -1;
}

int open_camera() {
  if (state == State::kAbsent) return fail(ENODEV);
  stream = {.descriptor = ::memfd_create("camera", 0), .queued = {}};
  return ::ftruncate(stream.descriptor, kBuffers * kBufferBytes) == 0 ? stream.descriptor : -1;
}

void describe_format(v4l2_format& format) {
  format.fmt.pix.width = kWidth;
  format.fmt.pix.height = kHeight;
  format.fmt.pix.pixelformat = V4L2_PIX_FMT_YUYV;
  format.fmt.pix.field = V4L2_FIELD_NONE;
  format.fmt.pix.bytesperline = kWidth * 2;
  format.fmt.pix.sizeimage = kBytes;
}

int give_picture(v4l2_buffer& buffer) {
  const auto now = std::chrono::steady_clock::now();
  if (state == State::kAbsent) return fail(ENODEV);
  if (state == State::kSilent || stream.queued.empty() || now < stream.next) return fail(EAGAIN);
  stream.next = now + std::chrono::milliseconds(10);
  buffer.index = stream.queued.front();
  stream.queued.pop_front();
  buffer.bytesused = kBytes;
  buffer.flags = 0;
  std::vector<std::uint8_t> picture(kBytes, 128);
  for (unsigned i = 0; i < kBytes; i += 2)
    picture[i] = static_cast<std::uint8_t>(40 + 2 * (stream.number % 90));
  ++stream.number;
  return ::pwrite(stream.descriptor, picture.data(), kBytes, buffer.index * kBufferBytes) == kBytes
             ? 0
             : -1;
}

int answer(unsigned long request, void* argument) {
  switch (request) {
    case VIDIOC_QUERYCAP:
      static_cast<v4l2_capability*>(argument)->capabilities =
          V4L2_CAP_VIDEO_CAPTURE | V4L2_CAP_STREAMING;
      return 0;
    case VIDIOC_G_INPUT:
      *static_cast<int*>(argument) = 0;
      return 0;
    case VIDIOC_ENUMINPUT:
      static_cast<v4l2_input*>(argument)->std = 0;
      return 0;
    case VIDIOC_G_FMT:
    case VIDIOC_S_FMT:
      describe_format(*static_cast<v4l2_format*>(argument));
      return 0;
    case VIDIOC_G_PARM: {
      auto& capture = static_cast<v4l2_streamparm*>(argument)->parm.capture;
      capture.capability = V4L2_CAP_TIMEPERFRAME;
      capture.timeperframe = {.numerator = 1, .denominator = 100};
      return 0;
    }
    case VIDIOC_REQBUFS:
      static_cast<v4l2_requestbuffers*>(argument)->count = kBuffers;
      return 0;
    case VIDIOC_QUERYBUF: {
      auto& buffer = *static_cast<v4l2_buffer*>(argument);
      buffer.length = kBytes;
      buffer.m.offset = buffer.index * kBufferBytes;
      return 0;
    }
    case VIDIOC_QBUF:
      stream.queued.push_back(static_cast<v4l2_buffer*>(argument)->index);
      return 0;
    case VIDIOC_DQBUF:
      return give_picture(*static_cast<v4l2_buffer*>(argument));
    case VIDIOC_STREAMON:
    case VIDIOC_STREAMOFF:
      return 0;
    default:
      return fail(ENOTTY);
  }
}

bool is_camera(int descriptor) { return there && descriptor == stream.descriptor; }

bool is_camera(const char* path, int flags) {
  return there && (flags & O_NONBLOCK) != 0 && std::strcmp(path, kDevice) == 0;
}

int open_any(const char* path, int flags, int mode) {
  if (is_camera(path, flags)) return open_camera();
  return static_cast<int>(::syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

}  // namespace

FakeCamera::FakeCamera() {
  there = true;
  give_pictures();
}
FakeCamera::~FakeCamera() { there = false; }
void FakeCamera::give_pictures() { state = State::kGiving; }
void FakeCamera::give_nothing() { state = State::kSilent; }
void FakeCamera::pull_out() { state = State::kAbsent; }

// These stand before the system's for all libraries of this program.
extern "C" {

int ioctl(int descriptor, unsigned long request, ...) noexcept {
  std::va_list more;
  va_start(more, request);
  void* argument = va_arg(more, void*);
  va_end(more);
  request &= 0xffffffffUL;  // Some hand it over as a negative int.
  if (is_camera(descriptor)) return answer(request, argument);
  return static_cast<int>(::syscall(SYS_ioctl, descriptor, request, argument));
}

int open(const char* path, int flags, ...) {
  std::va_list more;
  va_start(more, flags);
  const int mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, int) : 0;
  va_end(more);
  return open_any(path, flags, mode);
}

int open64(const char* path, int flags, ...) {
  std::va_list more;
  va_start(more, flags);
  const int mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(more, int) : 0;
  va_end(more);
  return open_any(path, flags, mode);
}
}

}  // namespace rollingdepth::testing
