#include "live/listening_port.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>

#include <cerrno>
#include <memory>
#include <system_error>

#include "base/printable.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth::live {
namespace {

using Addresses = std::unique_ptr<addrinfo, decltype([](addrinfo* list) { freeaddrinfo(list); })>;

Addresses resolve(const TargetAddress& address, Transport transport, const std::string& doing) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = transport == Transport::kTcp ? SOCK_STREAM : SOCK_DGRAM;
  wanted.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port);
  const int code = getaddrinfo(address.host.empty() ? nullptr : address.host.c_str(), port.c_str(),
                               &wanted, &found);
  if (code != 0) {
    throw Error(ErrorKind::kOutput, doing + address.shown + ": the host " +
                                        printable(address.host) + " is not known (" +
                                        gai_strerror(code) + ")");
  }
  return Addresses(found);
}

std::string bind_failure(const TargetAddress& address, int code) {
  const std::string port = "port " + std::to_string(address.port);
  switch (code) {
    case EADDRINUSE:
      return port + " is busy";
    case EACCES:
      return port + " is kept for the system: take one from 1024 on";
    case EADDRNOTAVAIL:
      return printable(address.host) + " is no address of this machine";
    default:
      return std::generic_category().message(code);
  }
}

// @return whether the socket is bound, and listens where it is of TCP; else errno says why not.
bool bind_socket(int socket, const addrinfo& at, Transport transport) {
  constexpr int kOn = 1;
  constexpr int kWaiting = 16;  // Receivers that have knocked and are not answered yet.
  if (socket < 0 || fcntl(socket, F_SETFD, FD_CLOEXEC) != 0) return false;
  if (transport == Transport::kUdp) return bind(socket, at.ai_addr, at.ai_addrlen) == 0;
  // A port that was ours a moment ago is free.
  return setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &kOn, sizeof kOn) == 0 &&
         bind(socket, at.ai_addr, at.ai_addrlen) == 0 && listen(socket, kWaiting) == 0;
}

}  // namespace

OpenDescriptor bind_port(const TargetAddress& address, Transport transport) {
  const std::string doing = "cannot listen at ";
  const Addresses addresses = resolve(address, transport, doing);
  int why = 0;
  for (const addrinfo* at = addresses.get(); at != nullptr; at = at->ai_next) {
    OpenDescriptor bound(socket(at->ai_family, at->ai_socktype, at->ai_protocol));
    if (bind_socket(bound.get(), *at, transport)) return bound;
    if (why == 0) why = errno;
  }
  throw Error(ErrorKind::kOutput, doing + address.shown + ": " + bind_failure(address, why));
}

}  // namespace rollingdepth::live
