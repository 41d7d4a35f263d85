#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "rollingdepth/base/clip.hpp"
#include "rollingdepth/infer/frame_preparation.hpp"

namespace rollingdepth {

struct VideoOptions {
  Rational frame_rate;      ///< Written to the file.
  Rational time_base;       ///< Of the presentation times given to write().
  bool keep_times = false;  ///< Those times are written; else frame after frame at `frame_rate`.
  int crf = 18;             ///< libx264 constant rate factor, 0..51.
};

/// Encodes RGB pictures to H.264 (libx264, yuv420p, BT.709 limited, tagged) in MP4. Odd sizes are
/// padded by one pixel, repeating the last column or row. Times start at 0.
class VideoWriter {
 public:
  virtual ~VideoWriter() = default;
  /// @param rgb [H, W, 3] uint8 on CPU, the size given at construction.
  virtual void write(const at::Tensor& rgb, std::int64_t pts) = 0;
  virtual void finish() = 0;
};

/// @throws Error(kOutput) where the file cannot be made or the encoder is missing.
std::unique_ptr<VideoWriter> make_video_writer(const std::filesystem::path& file, FrameSize size,
                                               const VideoOptions& options);

/// A DepthSink that paints depth with `colormap`, at `fps` where given else the clip's times.
std::unique_ptr<DepthSink> make_color_video_sink(const std::filesystem::path& file,
                                                 const std::string& colormap,
                                                 std::optional<Rational> fps);

/// A DepthSink with the colour frame left, a 10-pixel gap, and painted depth right. Colour frames
/// come from `open_colors`, called in begin(), from `start_frame` on, scaled to the depth's size.
std::unique_ptr<DepthSink> make_side_by_side_sink(
    const std::filesystem::path& file, const std::string& colormap, std::optional<Rational> fps,
    std::function<std::unique_ptr<FrameSource>()> open_colors, std::int64_t start_frame);

}  // namespace rollingdepth
