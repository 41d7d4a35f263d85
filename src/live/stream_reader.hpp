#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "decode/color_conversion.hpp"
#include "decode/picture_geometry.hpp"
#include "decode/picture_remarks.hpp"
#include "live/live_source.hpp"
#include "live/patience.hpp"
#include "live/source_input.hpp"
#include "live/source_kind.hpp"
#include "media/libav.hpp"

namespace rollingdepth::live {

/// A picture as it came.
struct StreamPicture {
  at::Tensor rgb;                      ///< [3, H, W] uint8 on CPU, upright, at the stored size.
  FrameSize shown;                     ///< With square pixels: `rgb` is to be scaled to it.
  std::optional<std::int64_t> pts_us;  ///< The stream's own, right or wrong.
  Clock::time_point decoded;
};

/// What was damaged of a source.
struct Damage {
  std::int64_t packets = 0;   ///< Skipped.
  std::int64_t pictures = 0;  ///< Shown, with concealed errors.
};

/// Opens a source once and decodes it front to back. Not thread-safe.
class StreamReader {
 public:
  /// @param stop borrowed.
  /// @throws SourceLost, Error(kInput), Cancelled as open_source_input().
  StreamReader(const SourceOptions& options, const StopFlag& stop);

  /// Waits for the next picture. @return nothing after the last one.
  /// @throws SourceLost where none comes for kMostPatience, or reading fails; Cancelled;
  ///         Error(kInput) where it cannot be decoded.
  std::optional<StreamPicture> next();

  /// REQUIRES: a picture was read.
  [[nodiscard]] Rational frame_rate() const;
  [[nodiscard]] bool clock_may_jump() const;
  /// Whether it is a stream that a server has in store and sends faster than it is to be shown.
  [[nodiscard]] bool is_stored() const;

  /// Whether it is a pipe into which nobody has written anything.
  [[nodiscard]] bool is_empty_pipe() const { return input_.bytes && !input_.bytes->any(); }
  /// What was damaged since the last time.
  Damage take_damage();
  /// What there is to say of its pictures, since the last time.
  std::vector<std::string> take_remarks();

 private:
  PacketPtr read_packet();
  int read_from_source(AVPacket& packet);
  [[nodiscard]] bool is_end(int code) const;
  void choose_stream();
  void check_packet(const AVPacket& packet);
  bool decode();
  bool feed();
  void note_picture();
  StreamPicture shown_picture();

  std::string name_;
  std::int64_t max_pixels_;
  int threads_;
  SourceKind kind_;
  Patience patience_;
  SourceInput input_;
  AVStream* stream_ = nullptr;  ///< Owned by input_; null until one is found.
  bool packets_are_pictures_ = false;
  DecoderPtr decoder_;  ///< Null before the first packet.
  FramePtr decoded_;
  PacketPtr pending_;  ///< Refused by the decoder until a frame is taken out.
  bool any_picture_ = false;
  bool draining_ = false;
  bool ended_ = false;

  Orientation orientation_;
  ColorConverter converter_;
  Damage damage_;
  PictureRemarks remarks_;
  bool noted_interlaced_ = false;
  std::size_t remarks_taken_ = 0;
};

}  // namespace rollingdepth::live
