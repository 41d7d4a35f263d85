#pragma once

#include <string>

#include "live/open_descriptor.hpp"
#include "live/target_address.hpp"

namespace rollingdepth::live {

enum class Transport { kTcp, kUdp };

/// A socket that is bound to the address's host and port, and listens where it is of TCP.
/// @throws Error(kOutput) "cannot listen at URL: port 9000 is busy", also for a host that is none
/// of
///         this machine.
OpenDescriptor bind_port(const TargetAddress& address, Transport transport);

}  // namespace rollingdepth::live
