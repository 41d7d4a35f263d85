#include "app/run/input_sound.hpp"

#include <utility>
#include <vector>

namespace rollingdepth {
namespace {

constexpr const char* kLost = "left out: --fps changes the times of frames";

std::vector<WrittenTrack> tracks_of(const PlannedInput& input, const RunOptions& options) {
  if (!input.is_video || !options.writes_films()) return {};
  return list_sound(input.files.front(), options.max_pixels);
}

}  // namespace

std::shared_ptr<ClipSound> sound_of(const PlannedInput& input, const RunOptions& options,
                                    std::function<void()> check_cancelled) {
  if (!input.is_video || !options.writes_films()) return nullptr;
  const bool keeps_times = !options.output_fps;
  return std::make_shared<ClipSound>(
      input.files.front(), ClipSound::Options{.max_pixels = options.max_pixels,
                                              .with_sound = options.audio && keeps_times,
                                              .with_times = keeps_times,
                                              .check_cancelled = std::move(check_cancelled)});
}

std::string sound_text(const PlannedInput& input, const RunOptions& options) {
  std::string text;
  for (const WrittenTrack& track : tracks_of(input, options)) {
    if (!options.audio) return "left out: --no-audio";
    if (options.output_fps) return kLost;
    if (!text.empty()) text += ", ";
    text += track.codec;
    if (!track.language.empty()) text.append(" (").append(track.language).append(")");
    text += track.copied ? " copied" : " to AAC";
  }
  return text;
}

std::string lost_sound_text(const PlannedInput& input, const RunOptions& options) {
  const bool loses = options.audio && options.output_fps;
  if (!loses || tracks_of(input, options).empty()) return "";
  return std::string("its sound is ") + kLost;
}

}  // namespace rollingdepth
