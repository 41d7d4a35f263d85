#include "sound/clip_sound.hpp"

#include <limits>
#include <utility>

#include "rollingdepth/error.hpp"
#include "sound/container_facts.hpp"

namespace rollingdepth {

SoundFeed::SoundFeed(const std::filesystem::path& file, std::int64_t max_pixels,
                     const ClipClock& clock, const std::vector<WrittenTrack>& tracks)
    : packets_(file, max_pixels, clock), ended_(tracks.empty()) {
  tracks_.resize(packets_.format().nb_streams);
  for (const WrittenTrack& track : tracks) {
    const AVStream& input = *packets_.format().streams[track.stream];
    tracks_.at(static_cast<std::size_t>(track.stream)) =
        track.copied ? make_copied_track(input, clock.length_us)
                     : make_encoded_track(input, clock.length_us);
  }
}

void SoundFeed::begin(AVFormatContext& muxer, const TakePacket& take) {
  copy_metadata(packets_.format(), muxer);
  if (packets_.clock().pieces.size() == 1) {
    copy_chapters(packets_.format(), packets_.clock(), muxer);
  }
  for (const auto& track : tracks_) {
    if (track) track->begin(muxer, take);
  }
}

void SoundFeed::write_until(std::int64_t time_us) {
  while (!ended_ && reached_us_ < time_us) write_next();
}

void SoundFeed::write_next() {
  const std::optional<SoundPacket> packet = packets_.next();
  if (!packet) {
    ended_ = true;
    for (const auto& track : tracks_) {
      if (track) track->finish();
    }
    return;
  }
  reached_us_ = packet->begin_us;
  const auto& track = tracks_[static_cast<std::size_t>(packet->packet->stream_index)];
  if (track) track->write(*packet);
}

void SoundFeed::finish() { write_until(std::numeric_limits<std::int64_t>::max()); }

void ClipSound::survey(const ClipClock& clock) {
  SoundPackets packets(file_, options_.max_pixels, clock);
  if (clock.pieces.empty()) {
    if (packets.tracks().empty()) return;
    survey_.remarks.emplace_back("its sound is left out: no frame has a time");
  } else {
    survey_ = survey_sound(packets, options_.check_cancelled);
  }
}

std::shared_ptr<SoundFeed> ClipSound::feed(const ClipClock& clock) {
  const ClipClock used = options_.with_times ? clock : ClipClock{};
  try {
    if (!std::exchange(surveyed_, true) && options_.with_sound) survey(used);
    return std::make_shared<SoundFeed>(file_, options_.max_pixels, used, survey_.tracks);
  } catch (const Cancelled&) {
    throw;
  } catch (const Error& error) {
    const std::string remark = std::string("its sound is left out: ") + error.what();
    if (survey_.remarks.empty()) survey_.remarks.push_back(remark);
    return nullptr;
  }
}

std::vector<WrittenTrack> list_sound(const std::filesystem::path& file, std::int64_t max_pixels) {
  try {
    return listed_tracks(SoundPackets(file, max_pixels, {}));
  } catch (const Error&) {
    return {};
  }
}

}  // namespace rollingdepth
