#include "sender.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace rollingdepth::testing {
namespace {

int free_port(int type) {
  const int descriptor = ::socket(AF_INET, type, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(descriptor, generic, size) != 0 || ::getsockname(descriptor, generic, &size) != 0) {
    throw std::runtime_error("no port");
  }
  ::close(descriptor);
  return ntohs(address.sin_port);
}

}  // namespace

Sender::Sender(const std::string& command, int standard_output, int late_seconds) {
  const std::string line = "sleep " + std::to_string(late_seconds) + "; " + command;
  process_ = ::fork();
  if (process_ < 0) throw std::runtime_error("fork");
  if (process_ > 0) return;
  ::setpgid(0, 0);
  const int nothing = ::open("/dev/null", O_RDWR);
  ::dup2(standard_output >= 0 ? standard_output : nothing, STDOUT_FILENO);
  ::dup2(nothing, STDIN_FILENO);
  // A copy of a pipe's writing end would keep the pipe open.
  for (int descriptor = STDERR_FILENO + 1; descriptor < 256; ++descriptor) ::close(descriptor);
  ::execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
  ::_exit(127);
}

void Sender::kill() {
  const pid_t process = std::exchange(process_, 0);
  if (process == 0) return;
  ::kill(-process, SIGKILL);
  ::kill(process, SIGKILL);  // Where it has not come as far as to have a group of its own.
  ::waitpid(process, nullptr, 0);
}

std::string ffmpeg_command(const std::string& arguments) {
  return std::string("'") + ROLLINGDEPTH_FFMPEG + "' -nostdin -v error -y " + arguments;
}

std::string camera_source() {
  return "-re -f lavfi -i \"color=black:s=64x48:r=25,format=gray,geq=lum='40+4*mod(N,40)'\" ";
}

std::string live_h264() {
  return "-pix_fmt yuv420p -c:v libx264 -preset ultrafast -tune zerolatency -crf 10 -g 3 ";
}

int free_tcp_port() { return free_port(SOCK_STREAM); }
int free_udp_port() { return free_port(SOCK_DGRAM); }

StandardInput::StandardInput() : before_(::dup(STDIN_FILENO)) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("pipe");
  ::dup2(ends[0], STDIN_FILENO);
  ::close(ends[0]);
  writing_end_ = ends[1];
}

StandardInput::~StandardInput() {
  close_writing_end();
  if (before_ >= 0) ::dup2(before_, STDIN_FILENO);
  if (before_ >= 0) ::close(before_);
}

void StandardInput::close_writing_end() {
  if (writing_end_ >= 0) ::close(std::exchange(writing_end_, -1));
}

}  // namespace rollingdepth::testing
