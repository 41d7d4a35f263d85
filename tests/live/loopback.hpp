#pragma once

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace rollingdepth::testing {

inline sockaddr_in loopback_address(int port, const char* host = "127.0.0.1") {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  inet_pton(AF_INET, host, &address.sin_addr);
  return address;
}

/// A socket, closed at the end. @param type SOCK_STREAM or SOCK_DGRAM.
class Socket {
 public:
  explicit Socket(int type) : descriptor_(socket(AF_INET, type, 0)) {
    fcntl(descriptor_, F_SETFD, FD_CLOEXEC);
  }
  ~Socket() { close(); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }
  [[nodiscard]] int get() const { return descriptor_; }
  [[nodiscard]] bool connect(int port, const char* host = "127.0.0.1") const {
    const sockaddr_in address = loopback_address(port, host);
    return ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  /// Binds it to a free port. @return the port.
  int bind() {
    sockaddr_in address = loopback_address(0);
    socklen_t size = sizeof address;
    if (::bind(descriptor_, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        getsockname(descriptor_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("bind");
    }
    return ntohs(address.sin_port);
  }
  void listen() const { ::listen(descriptor_, 4); }
  void send(const std::string& text) const {
    (void)::send(descriptor_, text.data(), text.size(), MSG_NOSIGNAL);
  }
  /// What has come, "" at the end.
  [[nodiscard]] std::string receive() const {
    std::string text(65536, '\0');
    const ssize_t size = recv(descriptor_, text.data(), text.size(), 0);
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
  }

 private:
  int descriptor_;
};

/// A port that nobody has at the moment.
inline int free_port(int type) { return Socket(type).bind(); }
inline std::string free_tcp_port() { return std::to_string(free_port(SOCK_STREAM)); }
inline std::string free_udp_port() { return std::to_string(free_port(SOCK_DGRAM)); }

/// Another program, its output thrown away; killed at the end.
class Client {
 public:
  /// @param command words without spaces within. @param input its standard input; -1: none.
  explicit Client(const std::string& command, int input = -1) {
    std::vector<std::string> words;
    std::istringstream text(command);
    for (std::string word; text >> word;) words.push_back(word);
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    child_ = fork();
    if (child_ < 0) throw std::runtime_error("fork");
    if (child_ > 0) return;
    const int nothing = open("/dev/null", O_RDWR);
    dup2(input >= 0 ? input : nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    execvp(argv[0], argv.data());
    _exit(127);
  }
  ~Client() {
    if (running()) send(SIGKILL);
    wait();
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool running() {
    if (!ended_) ended_ = waitpid(child_, &status_, WNOHANG) == child_;
    return !ended_;
  }
  void send(int number) const { ::kill(child_, number); }
  /// The exit code; 128 + the signal's number where one ended it.
  int wait() {
    if (!ended_) waitpid(child_, &status_, 0);
    ended_ = true;
    return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
  }

 private:
  pid_t child_ = -1;
  int status_ = 0;
  bool ended_ = false;
};

}  // namespace rollingdepth::testing
