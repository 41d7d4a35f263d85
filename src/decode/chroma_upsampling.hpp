#pragma once

#include "media/libav.hpp"

namespace rollingdepth {

/// Brings the colours of an 8-bit YCbCr picture to full size where they are stored at half of it in
/// one direction or both: by linear interpolation between the middles of the pixels that share one,
/// as the JPEG library does it. libswscale would do so in one direction only.
/// @return another frame with planes of full size; `frame` itself where nothing is to be done.
FramePtr with_full_chroma(FramePtr frame);

}  // namespace rollingdepth
