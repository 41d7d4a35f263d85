#pragma once

#include <string>

#include "live/patience.hpp"

namespace rollingdepth::live {

/// Looks up the address of a URL's host. libav does so as well, but cannot be interrupted while a
/// name server is silent; once it has answered here, it does so at once. Returns at once where the
/// URL names no host, or an address.
/// @throws SourceLost where there is none, or no answer before patience is over; Cancelled.
void look_up_host(const std::string& url, const Patience& patience);

}  // namespace rollingdepth::live
