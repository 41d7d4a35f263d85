#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/partial_file.hpp"
#include "media/libav.hpp"
#include "rollingdepth/error.hpp"
#include "write/video.hpp"
#include "write/video_codec.hpp"

namespace rollingdepth {

/// The clip's times, or `fps`, which re-times it: every frame is kept.
VideoOptions timing_of(const DepthClipInfo& clip, const std::optional<Rational>& fps);
/// The same with what the clip's sound has for one file. @param sound may be null.
VideoOptions video_options(const DepthClipInfo& clip, const std::optional<Rational>& fps,
                           const std::shared_ptr<ClipSound>& sound);

/// One video stream in a file that appears only once complete, and what goes with it. Times start
/// at 0 and increase.
class Encoder {
 public:
  /// @throws Error(kOutput) where the file cannot be made, the encoder is missing or does not take
  /// these settings.
  Encoder(const std::filesystem::path& file, const EncoderSettings& settings,
          const VideoOptions& options)
      : Encoder(file, settings, options, Destination::kFile) {}

  /// Opens encoder and container as for `file`, and lets them go: nothing is written.
  /// @throws Error(kOutput) as the constructor would, but for what only the disk can tell.
  static void try_out(const std::filesystem::path& file, const EncoderSettings& settings,
                      const VideoOptions& options) {
    Encoder(file, settings, options, Destination::kNowhere);
  }

  /// The picture to fill before send(); its content is undefined.
  [[nodiscard]] AVFrame& picture();
  /// @param pts in ticks of VideoOptions::time_base; counts only where times are kept.
  void send(std::int64_t pts);
  void finish();

  /// @throws Error(kOutput, "cannot write FILE: why").
  [[noreturn]] void fail(const std::string& why, Retry retry = Retry::kUnknown) const;
  /// The same for one of libav's error codes.
  void check(int code) const;

 private:
  enum class Destination { kFile, kNowhere };
  struct MuxerDeleter {
    void operator()(AVFormatContext* muxer) const noexcept;
  };

  Encoder(const std::filesystem::path& file, const EncoderSettings& settings,
          const VideoOptions& options, Destination destination);
  void open_muxer(const EncoderSettings& settings);
  std::int64_t next_time(std::int64_t pts);
  void write_packets();
  void begin_sound();

  std::filesystem::path file_;
  // Destroyed last: the muxer must have closed the file before. Unset: nothing is written.
  std::optional<PartialFile> partial_;
  VideoOptions options_;
  EncoderPtr encoder_;
  std::unique_ptr<AVFormatContext, MuxerDeleter> muxer_;
  AVStream* stream_ = nullptr;
  FramePtr picture_;
  PacketPtr packet_;
  std::optional<std::int64_t> first_pts_;
  std::int64_t last_time_ = -1;
  std::int64_t sent_ = 0;  // Pictures.
};

}  // namespace rollingdepth
