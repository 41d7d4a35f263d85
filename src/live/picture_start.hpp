#pragma once

#include "media/libav.hpp"

namespace rollingdepth::live {

/// Whether begins_picture() can tell of pictures of this codec.
bool tells_picture_starts(AVCodecID codec);

/// Whether a packet begins with what begins a picture, as far as its first bytes tell: else it is
/// a part of one that began earlier. REQUIRES: tells_picture_starts(codec), with start codes.
bool begins_picture(const AVPacket& packet, AVCodecID codec);

}  // namespace rollingdepth::live
