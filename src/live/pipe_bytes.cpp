#include "live/pipe_bytes.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "live/source_lost.hpp"

namespace rollingdepth::live {
namespace {

constexpr int kBufferBytes = 64 << 10;
constexpr int kLookMs = 50;  // How often the flag is looked at.

// Not to wait here for somebody who opens a named pipe to write.
int open_pipe(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) throw SourceLost(std::strerror(errno));
  return descriptor;
}

// A file that nobody has begun to read.
bool is_whole_file(int descriptor) {
  struct stat status {};
  return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) &&
         ::lseek(descriptor, 0, SEEK_CUR) == 0;
}

}  // namespace

void PipeBytes::ContextDeleter::operator()(AVIOContext* context) const noexcept {
  av_freep(&context->buffer);  // libav may have replaced the one that it was given.
  avio_context_free(&context);
}

PipeBytes::PipeBytes(const std::string& source, Patience& patience) : patience_(patience) {
  if (source == "-") {
    descriptor_ = STDIN_FILENO;
  } else {
    descriptor_ = open_pipe(source);
    opened_ = FileDescriptor(descriptor_, source);
  }
  if (::isatty(descriptor_) == 1) throw SourceLost("it is a terminal; pipe a video into it");
  auto* buffer = static_cast<unsigned char*>(av_malloc(kBufferBytes));
  if (buffer == nullptr) throw std::bad_alloc();
  const auto read_pipe = [](void* self, std::uint8_t* bytes, int size) {
    return static_cast<PipeBytes*>(self)->read(bytes, size);
  };
  const auto seek_file = [](void* self, std::int64_t offset, int whence) {
    return static_cast<const PipeBytes*>(self)->seek(offset, whence);
  };
  context_.reset(avio_alloc_context(buffer, kBufferBytes, /*write_flag=*/0, this, read_pipe,
                                    /*write_packet=*/nullptr,
                                    is_whole_file(descriptor_) ? +seek_file : nullptr));
  if (!context_) {
    av_free(buffer);
    throw std::bad_alloc();
  }
}

int PipeBytes::read(std::uint8_t* bytes, int size) {
  while (wait_for_bytes()) {
    const ssize_t got = ::read(descriptor_, bytes, static_cast<std::size_t>(size));
    if (got > 0) {
      any_ = true;
      return static_cast<int>(got);
    }
    if (got == 0) return AVERROR_EOF;
    if (errno != EINTR && errno != EAGAIN) return AVERROR(errno);
  }
  return AVERROR_EXIT;
}

// False once patience is over.
bool PipeBytes::wait_for_bytes() {
  while (!patience_.over()) {
    const Clock::time_point begun = Clock::now();
    pollfd looked{.fd = descriptor_, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&looked, 1, kLookMs);
    patience_.lengthen(Clock::now() - begun);
    // Whatever else there is to say of it, read() says.
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return true;
  }
  return false;
}

std::int64_t PipeBytes::seek(std::int64_t offset, int whence) const {
  if (whence == AVSEEK_SIZE) {
    struct stat status {};
    return ::fstat(descriptor_, &status) == 0 ? status.st_size : AVERROR(errno);
  }
  const off_t reached = ::lseek(descriptor_, offset, whence & ~AVSEEK_FORCE);
  return reached >= 0 ? reached : AVERROR(errno);
}

}  // namespace rollingdepth::live
