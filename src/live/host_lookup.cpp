#include "live/host_lookup.hpp"

#include <netdb.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <thread>

#include "live/source_lost.hpp"
#include "media/libav.hpp"

namespace rollingdepth::live {
namespace {

std::string host_of(const std::string& url) {
  std::array<char, 1024> host{};
  av_url_split(nullptr, 0, nullptr, 0, host.data(), static_cast<int>(host.size()), nullptr, nullptr,
               0, url.c_str());
  return host.data();
}

int address_code(const std::string& host, int flags) {
  addrinfo hints{};
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (found != nullptr) ::freeaddrinfo(found);
  return code;
}

}  // namespace

std::optional<int> look_up(const std::string& host, const std::function<bool()>& gives_up) {
  if (host.empty() || address_code(host, AI_NUMERICHOST) == 0) return 0;
  struct Answer {
    std::atomic<bool> there = false;
    int code = 0;
  };
  // A look-up has no end of its own: who does not wait for it leaves it behind.
  const auto answer = std::make_shared<Answer>();
  std::thread([answer, host] {
    answer->code = address_code(host, 0);
    answer->there = true;
  }).detach();
  while (!answer->there) {
    if (gives_up()) return std::nullopt;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return answer->code;
}

void look_up_host(const std::string& url, const Patience& patience) {
  const std::string host = host_of(url);
  const std::optional<int> code = look_up(host, [&] { return patience.over(); });
  if (!code) {
    if (patience.stopped()) throw Cancelled();
    throw SourceLost("nobody answers who is asked for the address of " + host);
  }
  if (*code == 0) return;
  std::string why = "the address of " + host;
  throw SourceLost(why.append(" cannot be looked up: ").append(::gai_strerror(*code)));
}

}  // namespace rollingdepth::live
