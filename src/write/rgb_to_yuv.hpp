#pragma once

#include <ATen/core/Tensor.h>

#include "media/libav.hpp"
#include "rollingdepth/frame_size.hpp"

namespace rollingdepth {

/// The YUV pictures that RGB becomes.
struct YuvFormat {
  AVPixelFormat pixels = AV_PIX_FMT_YUV420P;  ///< Where it halves a side, an odd one is padded.
  int matrix = SWS_CS_ITU709;                 ///< One of libswscale's SWS_CS_*.
  bool full_range = false;
};

/// `size` with the sides even that `pixels` halves.
FrameSize padded_size(FrameSize size, AVPixelFormat pixels);

/// Turns RGB into YUV pictures, chroma between the rows and at the left column of each pair, or in
/// the middle of both for full range, as JPEG has it. Odd sides are padded by one pixel, repeating
/// the last column or row. Not thread-safe.
class RgbToYuv {
 public:
  /// @throws std::bad_alloc.
  RgbToYuv(FrameSize size, const YuvFormat& to);

  /// @param rgb [H, W, 3] uint8 on CPU, of the size given at construction.
  /// @param yuv of padded_size(), writable.
  /// @throws Error(kFailed) for another tensor.
  void convert(const at::Tensor& rgb, AVFrame& yuv);

 private:
  void copy_padded(const at::Tensor& rgb);

  FrameSize size_;
  FramePtr rgb_;
  ScalerPtr scaler_;
};

}  // namespace rollingdepth
