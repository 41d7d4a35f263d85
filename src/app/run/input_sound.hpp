#pragma once

#include <functional>
#include <memory>
#include <string>

#include "app/run/inputs.hpp"
#include "app/run/options.hpp"
#include "sound/clip_sound.hpp"

namespace rollingdepth {

/// What the videos of an input take from it besides its pictures, as the options ask for it.
/// @param check_cancelled throws where the user asked to stop.
/// @return null where no video is written, and for pictures.
std::shared_ptr<ClipSound> sound_of(const PlannedInput& input, const RunOptions& options,
                                    std::function<void()> check_cancelled);

/// What becomes of its sound, as far as its headers tell: "aac (eng) copied, pcm_s16le to AAC";
/// empty where it has none or no video is written.
std::string sound_text(const PlannedInput& input, const RunOptions& options);

/// What is said where an option leaves out sound that is there without its name telling so; empty
/// elsewhere.
std::string lost_sound_text(const PlannedInput& input, const RunOptions& options);

}  // namespace rollingdepth
