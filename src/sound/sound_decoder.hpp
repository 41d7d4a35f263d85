#pragma once

#include <cstdint>
#include <functional>

#include "media/libav.hpp"
#include "sound/sound_packets.hpp"

namespace rollingdepth {

/// Decodes a track of sound. Times of frames are microseconds on the clock of what is written.
class SoundDecoder {
 public:
  /// @throws Error(kInput) saying why it cannot be decoded.
  explicit SoundDecoder(const AVStream& input);

  /// Hands over what a packet holds. One that cannot be decoded is counted and skipped.
  void decode(const SoundPacket& packet, const std::function<void(AVFrame&)>& take);
  /// Hands over what is left.
  void finish(const std::function<void(AVFrame&)>& take);

  [[nodiscard]] std::int64_t frames() const { return frames_; }
  [[nodiscard]] std::int64_t damaged_packets() const { return damaged_packets_; }

 private:
  void receive(const std::function<void(AVFrame&)>& take);

  DecoderPtr decoder_;
  FramePtr frame_;
  PacketPtr packet_;
  std::int64_t frames_ = 0;
  std::int64_t damaged_packets_ = 0;
};

}  // namespace rollingdepth
