#include "live/pipe_writer.hpp"

#include <limits.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "live/live_target.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth::live {

bool PipeWriter::write(const void* bytes, std::size_t size) {
  const auto* const from = static_cast<const char*>(bytes);
  for (std::size_t done = 0; done < size && !given_up_;) {
    if (!has_room()) continue;
    // So much a pipe that has room takes without waiting.
    const std::size_t part = std::min<std::size_t>(size - done, PIPE_BUF);
    const ssize_t written = ::write(descriptor_, from + done, part);
    if (written >= 0) {
      done += static_cast<std::size_t>(written);
    } else {
      check(errno);
    }
  }
  return !given_up_;
}

bool PipeWriter::has_room() {
  constexpr int kLookMs = 50;
  pollfd wanted{.fd = descriptor_, .events = POLLOUT, .revents = 0};
  if (::poll(&wanted, 1, kLookMs) > 0) return true;  // Also where the reader has gone.
  given_up_ = limit_.over();
  return false;
}

void PipeWriter::check(int code) const {
  if (code == EINTR || code == EAGAIN) return;
  if (code == EPIPE) throw ReaderGone();
  throw Error(ErrorKind::kOutput,
              "cannot write " + name_ + ": " + std::generic_category().message(code),
              retry_after(code));
}

}  // namespace rollingdepth::live
