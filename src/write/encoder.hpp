#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "../decode/libav.hpp"
#include "rollingdepth/base/partial_file.hpp"
#include "rollingdepth/write/video.hpp"

namespace rollingdepth {

/// What an Encoder makes. Names are libav's.
struct EncoderSettings {
  using Options = std::vector<std::pair<std::string, std::string>>;

  std::string codec;
  std::string container;
  AVPixelFormat pixel_format = AV_PIX_FMT_NONE;
  int width_px = 0;
  int height_px = 0;
  AVColorRange range = AVCOL_RANGE_MPEG;
  std::uint32_t codec_tag = 0;  ///< 0 leaves the choice to the container.
  Options codec_options;
  Options container_options;
  Options tags;  ///< Metadata of the file.
};

/// One video stream in a file that appears only once complete. Times start at 0 and increase.
class Encoder {
 public:
  /// @throws Error(kOutput) where the file cannot be made or the encoder is missing.
  Encoder(const std::filesystem::path& file, const EncoderSettings& settings,
          const VideoOptions& options);

  /// The picture to fill before send(); its content is undefined.
  [[nodiscard]] AVFrame& picture();
  /// @param pts in ticks of VideoOptions::time_base; counts only where times are kept.
  void send(std::int64_t pts);
  void finish();

  /// @throws Error(kOutput, "cannot write FILE: why").
  [[noreturn]] void fail(const std::string& why) const;
  /// The same for one of libav's error codes.
  void check(int code) const;

 private:
  struct MuxerDeleter {
    void operator()(AVFormatContext* muxer) const noexcept {
      avio_closep(&muxer->pb);
      avformat_free_context(muxer);
    }
  };

  void open_encoder(const EncoderSettings& settings);
  void open_muxer(const EncoderSettings& settings);
  std::int64_t next_time(std::int64_t pts);
  void write_packets();

  PartialFile partial_;  // Destroyed last: the muxer must have closed the file before.
  VideoOptions options_;
  std::unique_ptr<AVCodecContext, AvDeleter<&avcodec_free_context>> encoder_;
  std::unique_ptr<AVFormatContext, MuxerDeleter> muxer_;
  AVStream* stream_ = nullptr;
  FramePtr picture_;
  PacketPtr packet_;
  std::optional<std::int64_t> first_pts_;
  std::int64_t last_time_ = -1;
};

/// A picture with memory of its own. @throws std::bad_alloc.
FramePtr allocate_picture(AVPixelFormat format, int width_px, int height_px);

}  // namespace rollingdepth
