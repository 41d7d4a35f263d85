#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "decode/picture_geometry.hpp"
#include "media/libav.hpp"
#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// For what a decoder may keep pictures to itself that it has decoded.
enum class DecoderDelay {
  kThreads,  ///< To decode several at once, in threads.
  kOrder,    ///< Only to put them into the order in which they are shown.
  kLowest,   ///< As kOrder; of MPEG-2 and MPEG-4, whose headers do not tell, for nothing at all.
};

/// The stream of a container that is a real video (cover art is not); null where there is none.
AVStream* find_video_stream(AVFormatContext& format);

/// A decoder for a stream, opened. @param name of the file or source, for messages.
/// @param max_pixels of a picture, before memory is taken for it.
/// @param threads 0: as many as there are processors.
/// @throws Error(kInput, "cannot decode NAME: why").
DecoderPtr open_decoder(const AVStream& stream, const std::string& name, std::int64_t max_pixels,
                        DecoderDelay delay, int threads);

/// How the pictures of a stream lie; nothing for an angle that is no multiple of 90 degrees.
std::optional<Orientation> orientation_of(const AVStream& stream);

/// Whether the times in a container may jump: broadcasts and recordings, whose parts are joined as
/// they come.
bool has_jumping_clock(const AVFormatContext& format);

inline Rational rational(AVRational value) { return {.num = value.num, .den = value.den}; }

/// Whether a rate can be that of a video's frames: containers that do not know write anything.
inline bool is_plausible_rate(const Rational& rate) {
  return rate.positive() && rate.value() <= 1000;
}

}  // namespace rollingdepth
