#pragma once

#include <ATen/core/Tensor.h>

#include <cstddef>
#include <cstdint>

#include "media/libav.hpp"

namespace rollingdepth {

enum class ChannelOrder { kRgb, kBgr };

/// How colours that are stored at less than full size get to it.
enum class ChromaScaling {
  kAsRecorded,   ///< Repeated: as the frames of videos were made for the recordings.
  kInterpolated  ///< Linearly, as far as libswscale does.
};

/// Copies interleaved 8-bit pixels into planes.
/// @param pixels    first byte of the first row; three bytes per pixel.
/// @param row_bytes distance of the rows, at least 3 * width_px.
/// @return          [3, height_px, width_px] uint8 RGB on CPU, contiguous.
at::Tensor planes_from_pixels(const std::uint8_t* pixels, std::size_t row_bytes, int height_px,
                              int width_px, ChannelOrder order);

/// Turns decoded pictures of any pixel format into full-range RGB.
///
/// The colour matrix and range that the frame is tagged with are honoured. Untagged pictures are
/// read as BT.709 from HD size on (1280 wide or 720 high), as BT.601 below; as limited range, but
/// grey ones and the "yuvj" formats as full range. Alpha is dropped. Transfer and primaries are
/// left as they are. Not thread-safe.
class ColorConverter {
 public:
  explicit ColorConverter(ChromaScaling chroma = ChromaScaling::kAsRecorded) : chroma_(chroma) {}

  /// @return [3, H, W] uint8 on CPU, contiguous; H and W are the frame's.
  /// @throws Error(kInput) where libswscale cannot read the pixel format.
  at::Tensor to_rgb(const AVFrame& frame);

 private:
  /// What a swscale context depends on.
  struct Source {
    int width_px = 0;
    int height_px = 0;
    AVPixelFormat format = AV_PIX_FMT_NONE;
    int matrix = 0;  ///< SWS_CS_*.
    bool full_range = false;
    friend bool operator==(const Source&, const Source&) = default;
  };
  static Source source_of(const AVFrame& frame);
  void rebuild(const Source& source);

  ChromaScaling chroma_;
  Source source_;
  ScalerPtr scaler_;
  FramePtr rgb_;  ///< Interleaved picture, reused; rows padded as swscale's SIMD code needs it.
};

/// Whether the matrix that a frame is tagged with has no counterpart in libswscale.
bool has_unknown_matrix(const AVFrame& frame);

/// Whether a frame is made for a high-dynamic-range display (PQ or HLG).
bool has_hdr_transfer(const AVFrame& frame);

}  // namespace rollingdepth
