#pragma once

#include "media/libav.hpp"
#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// Title, creation time and the like: what says what a film is, and nothing of how its pictures are
/// stored or where they were taken.
void copy_metadata(const AVFormatContext& input, AVFormatContext& output);

/// The chapters that a clip has a part of, cut to it, on its own clock.
/// @param clock of one piece. @throws std::bad_alloc.
void copy_chapters(const AVFormatContext& input, const ClipClock& clock, AVFormatContext& output);

}  // namespace rollingdepth
