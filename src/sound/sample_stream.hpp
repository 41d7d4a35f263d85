#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "media/libav.hpp"

extern "C" {
#include <libavutil/audio_fifo.h>
#include <libswresample/swresample.h>
}

namespace rollingdepth {

/// Makes one stream of samples without holes of decoded frames, in the format of an encoder:
/// planar float32, one rate, one layout of channels. Where a frame begins later than the one before
/// ends there is silence, where it begins earlier its first samples are dropped.
class SampleStream {
 public:
  /// @param encoder borrowed, open. @param length_us where the stream ends.
  SampleStream(const AVCodecContext& encoder, std::int64_t length_us);

  /// @param frame its time in microseconds; without one it follows the frame before.
  /// @throws Error(kInput) for channels that cannot be mixed.
  void add(const AVFrame& frame);
  /// No more frames will come.
  void finish();

  /// Fills `frame` with `count` samples and their time, in samples. @return whether there were as
  /// many, or after finish() any: nb_samples tells.
  bool take(AVFrame& frame, int count);

 private:
  void place(std::int64_t begin);
  void fill(std::int64_t until);
  void convert(const AVFrame* frame);
  void append(std::uint8_t** samples, std::int64_t count);
  void configure(const AVFrame& frame);
  [[nodiscard]] bool fits(const AVFrame& frame) const;

  const AVCodecContext& encoder_;
  std::int64_t end_;  // All of these in samples of the encoder's rate.
  std::unique_ptr<SwrContext, AvDeleter<&swr_free>> converter_;
  std::unique_ptr<AVAudioFifo, AvDeleter<&av_audio_fifo_free>> fifo_;
  FramePtr converted_;
  FramePtr format_;                    // Properties of what the converter takes.
  std::optional<std::int64_t> begin_;  // Of the first sample that was appended.
  std::int64_t appended_ = 0;
  std::int64_t taken_ = 0;
  std::int64_t drop_ = 0;    // Samples that come and are not wanted.
  std::int64_t anchor_ = 0;  // Where the first of the samples that were put in lies,
  std::int64_t put_in_ = 0;  // whose number this is, at the rate of the frames.
  bool finished_ = false;
};

}  // namespace rollingdepth
