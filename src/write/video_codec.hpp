#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "media/libav.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {

/// An encoder that opens for pictures of an ordinary size does not open for these.
class SizeRefused : public Error {
 public:
  explicit SizeRefused(const std::string& message) : Error(ErrorKind::kOutput, message) {}
};

/// What an encoder makes, and for which container. Names are libav's.
struct EncoderSettings {
  using Options = std::vector<std::pair<std::string, std::string>>;

  std::string codec;
  std::string container;
  AVPixelFormat pixel_format = AV_PIX_FMT_NONE;
  int width_px = 0;
  int height_px = 0;
  AVColorRange range = AVCOL_RANGE_MPEG;
  std::uint32_t codec_tag = 0;  ///< 0 leaves the choice to the container.
  /// An encoder's pictures may depend on it: a fixed one keeps files reproducible.
  int threads = 4;
  Options codec_options;
  Options container_options;
  Options tags;  ///< Metadata of the file.
};

using EncoderPtr = std::unique_ptr<AVCodecContext, AvDeleter<&avcodec_free_context>>;

/// Opens the encoder alone, tagged as BT.709.
/// @param doing begins messages: "cannot write FILE: ".
/// @throws Error(kOutput) where it is missing or does not take these settings; SizeRefused.
EncoderPtr open_video_codec(const EncoderSettings& settings, AVRational frame_rate,
                            AVRational time_base, const std::string& doing);

/// A picture with memory of its own. @throws std::bad_alloc.
FramePtr allocate_picture(AVPixelFormat format, int width_px, int height_px);

/// What libx264 needs on this processor to write the same stream every time: "" or a list of its
/// own parameters.
std::string x264_parameters();

/// What libx265 needs for pictures of this width: a list of its own parameters. It says nothing of
/// the processor in the stream, so that the same pictures give the same one.
std::string x265_parameters(int width_px, int threads);

}  // namespace rollingdepth
