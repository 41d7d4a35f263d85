#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <random>
#include <stdexcept>
#include <thread>
#include <vector>

#include "base/joining_thread.hpp"

namespace rollingdepth::testing {

inline sockaddr_in loopback_address(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

/// A TCP server to which one can connect, and that says nothing.
class SilentServer {
 public:
  SilentServer() : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address = loopback_address(0);
    socklen_t size = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(descriptor_, generic, size) != 0 || ::listen(descriptor_, 4) != 0 ||
        ::getsockname(descriptor_, generic, &size) != 0) {
      throw std::runtime_error("no server");
    }
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { ::close(descriptor_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;

  [[nodiscard]] int port() const { return port_; }

 private:
  int descriptor_;
  int port_ = 0;
};

/// Sends packets of noise to a UDP port until it goes out of scope.
class NoiseSender {
 public:
  explicit NoiseSender(int port) : thread_([this, port] { send(port); }) {}
  ~NoiseSender() { stop_ = true; }
  NoiseSender(const NoiseSender&) = delete;
  NoiseSender& operator=(const NoiseSender&) = delete;

 private:
  void send(int port) const {
    const int descriptor = ::socket(AF_INET, SOCK_DGRAM, 0);
    const sockaddr_in address = loopback_address(port);
    std::mt19937 random(7);
    std::vector<std::uint8_t> packet(1316);
    while (!stop_) {
      for (std::uint8_t& byte : packet) byte = static_cast<std::uint8_t>(random());
      ::sendto(descriptor, packet.data(), packet.size(), 0,
               reinterpret_cast<const sockaddr*>(&address), sizeof(address));
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    ::close(descriptor);
  }

  std::atomic<bool> stop_ = false;
  JoiningThread thread_;
};

}  // namespace rollingdepth::testing
