#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "media/libav.hpp"
#include "sound/sound_packets.hpp"

namespace rollingdepth {

/// Takes a packet of a stream of a container; its content is moved out.
using TakePacket = std::function<void(AVPacket& packet)>;

/// One track of sound on its way into an MP4 file. Its times are those of the pictures; what begins
/// before the first one has times below 0, which the container's edit list cuts, and what ends
/// behind the last one is cut.
class SoundTrack {
 public:
  virtual ~SoundTrack() = default;
  /// Adds the stream to a container, before its header is written.
  /// @param muxer borrowed. @throws Error(kInput) saying why the sound cannot be taken.
  virtual void begin(AVFormatContext& muxer, TakePacket take) = 0;
  /// Once the header is written.
  virtual void write(const SoundPacket& packet) = 0;
  virtual void finish() = 0;
};

/// Whether sound of this kind is put into an MP4 as it is: codecs that MP4 holds and that players
/// read from it, which is less than what libavformat writes.
bool is_copied(const AVCodecParameters& sound);

/// @param input borrowed. @param length_us of the clip.
std::unique_ptr<SoundTrack> make_copied_track(const AVStream& input, std::int64_t length_us);
/// Decodes and makes AAC of it: at the rate and with the channels that it has where AAC knows them,
/// silence where packets are missing or damaged.
std::unique_ptr<SoundTrack> make_encoded_track(const AVStream& input, std::int64_t length_us);

/// Language, title and what the track is for.
void copy_description(const AVStream& input, AVStream& output);

}  // namespace rollingdepth
