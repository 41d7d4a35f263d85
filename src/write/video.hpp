#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "base/resample.hpp"
#include "rollingdepth/clip.hpp"
#include "sound/clip_sound.hpp"
#include "write/color_frames.hpp"
#include "write/video_codec.hpp"

namespace rollingdepth {

struct VideoOptions {
  Rational frame_rate;      ///< Written to the file.
  Rational time_base;       ///< Of the presentation times given to write().
  bool keep_times = false;  ///< Those times are written; else frame after frame at `frame_rate`.
  int crf = 18;             ///< libx264 constant rate factor, 0..51.
  std::shared_ptr<SoundFeed> sound = nullptr;  ///< What goes with the pictures; null: nothing.
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

/// @throws Error(kOutput) where the file cannot be made or the encoder is missing, SizeRefused.
std::unique_ptr<VideoWriter> make_video_writer(const std::filesystem::path& file, FrameSize size,
                                               const VideoOptions& options);

/// Opens what make_video_writer() opens, and writes nothing. @throws Error(kOutput) as it would,
/// but for what only the disk can tell.
void check_video_writer(const std::filesystem::path& file, FrameSize size,
                        const VideoOptions& options);

/// Opens what make_color_video_sink() opens for such a clip, and writes nothing.
/// @throws Error(kOutput) naming `file` where the encoder is missing; SizeRefused.
void check_color_video(const std::filesystem::path& file, const DepthClipInfo& clip,
                       std::optional<Rational> fps);
/// The same for make_side_by_side_sink().
void check_side_by_side(const std::filesystem::path& file, const DepthClipInfo& clip,
                        std::optional<Rational> fps);

/// A DepthSink that paints depth with `colormap`, at `fps` where given else the clip's times.
/// @param sound of the clip, shared by its sinks; null: none.
std::unique_ptr<DepthSink> make_color_video_sink(const std::filesystem::path& file,
                                                 const std::string& colormap,
                                                 std::optional<Rational> fps,
                                                 std::shared_ptr<ClipSound> sound = nullptr);

/// A DepthSink with the colour frame left, a 10-pixel gap, and painted depth right; colour frames
/// are scaled to the depth's size.
std::unique_ptr<DepthSink> make_side_by_side_sink(const std::filesystem::path& file,
                                                  const std::string& colormap,
                                                  std::optional<Rational> fps, ColorFrames colors,
                                                  std::shared_ptr<ClipSound> sound = nullptr);

}  // namespace rollingdepth
