#pragma once

#include <cstdint>

namespace rollingdepth {

/// How much goes into one call of a network.
struct BatchSizes {
  std::int64_t vae_frames = 1;  ///< Frames of an encoder or decoder call.
  std::int64_t snippets = 1;    ///< Snippets of a UNet call.
  friend bool operator==(const BatchSizes&, const BatchSizes&) = default;
};

}  // namespace rollingdepth
