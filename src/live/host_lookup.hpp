#pragma once

#include <functional>
#include <optional>
#include <string>

#include "live/patience.hpp"

namespace rollingdepth::live {

/// Looks up the address of a host. libav does so as well, but cannot be interrupted while a name
/// server is silent; once it has answered here, it does so at once. Returns at once where `host` is
/// empty, or an address.
/// @param gives_up asked every few milliseconds; then the answer is waited for no longer.
/// @return getaddrinfo()'s code, 0 where the host is known; nothing without an answer.
std::optional<int> look_up(const std::string& host, const std::function<bool()>& gives_up);

/// The same for the host of a source's URL.
/// @throws SourceLost where there is none, or no answer before patience is over; Cancelled.
void look_up_host(const std::string& url, const Patience& patience);

}  // namespace rollingdepth::live
