#pragma once

#include <cstdint>
#include <memory>

#include "measure/optical_flow.hpp"
#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// Dense backward flow of a video by DIS (OpenCV, preset medium) on grey frames scaled to the given
/// size. A pixel is visible where the backward flow b leads into the frame before and the forward
/// flow f there, by bilinear interpolation, leads back: |f + b|^2 < 0.01 (|f|^2 + |b|^2) + 0.5.
/// The same for any number of threads; OpenCV gets as many as LibTorch has.
/// @param video taken over. @throws Error(kInput) for a side below 16 pixels.
/// Source: Kroeger et al. 2016; Sundaram et al. 2010, equation 5, for the check.
std::unique_ptr<FlowSource> make_dis_flow(std::unique_ptr<FrameSource> video,
                                          std::int64_t height_px, std::int64_t width_px);

}  // namespace rollingdepth
