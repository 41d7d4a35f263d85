#pragma once

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/depth_reader.hpp"
#include "rollingdepth/clip.hpp"
#include "rollingdepth/frame_size.hpp"
#include "tracks/camera.hpp"

namespace rollingdepth::testing {

/// A depth clip in memory.
class StoredDepth final : public DepthReader {
 public:
  /// @param maps [N, H, W] float32.
  explicit StoredDepth(at::Tensor maps)
      : maps_(std::move(maps)),
        listing_{.name = "depth.npy",
                 .frames = maps_.size(0),
                 .height_px = maps_.size(1),
                 .width_px = maps_.size(2)} {}
  [[nodiscard]] const DepthListing& listing() const override { return listing_; }
  std::optional<at::Tensor> next() override {
    if (done_ == listing_.frames) return std::nullopt;
    return maps_[done_++].clone();
  }
  void rewind() override { done_ = 0; }

 private:
  at::Tensor maps_;
  DepthListing listing_;
  std::int64_t done_ = 0;
};

/// A video in memory.
class StoredVideo final : public FrameSource {
 public:
  /// @param frames [N, 3, H, W] uint8.
  explicit StoredVideo(at::Tensor frames) : frames_(std::move(frames)) {
    info_.name = "clip.mp4";
    info_.height_px = frames_.size(2);
    info_.width_px = frames_.size(3);
  }
  [[nodiscard]] const ClipInfo& info() const override { return info_; }
  std::optional<Frame> next() override {
    if (done_ == frames_.size(0)) return std::nullopt;
    return Frame{.rgb = frames_[done_++].contiguous(), .pts = std::nullopt};
  }

 private:
  at::Tensor frames_;
  ClipInfo info_;
  std::int64_t done_ = 0;
};

/// A rendered scene with everything known: a red box of 16 x 12 pixels that moves one pixel a frame
/// to the right and comes nearer, linearly in inverse depth, before a blue plane that is slanted.
/// Frames are of 96 x 64 pixels, depth maps of 48 x 32. In metres: inverse depth 0.1 to 0.2 for the
/// plane, 0.5 + 0.01 t for the box.
struct Scene {
  static constexpr std::int64_t kFrames = 24;
  static constexpr FrameSize kVideo{.width_px = 96, .height_px = 64};
  static constexpr FrameSize kMap{.width_px = 48, .height_px = 32};
  static constexpr double kFocalPx = 80;

  static Camera camera() {
    return {.fx_px = kFocalPx, .fy_px = kFocalPx, .cx_px = 48, .cy_px = 32};
  }
  /// The middle of the box.
  static double box_x(std::int64_t frame) { return 24 + static_cast<double>(frame); }
  static double box_y() { return 30; }
  static double box_inverse(std::int64_t frame) { return 0.5 + 0.01 * static_cast<double>(frame); }
  /// By the position in the picture, from the left.
  static double plane_inverse(double x_px) { return 0.1 + 0.1 * x_px / 96; }
  static bool in_box(std::int64_t frame, double x_px, double y_px) {
    return std::abs(x_px - box_x(frame)) < 8 && std::abs(y_px - box_y()) < 6;
  }
  static double inverse(std::int64_t frame, double x_px, double y_px) {
    return in_box(frame, x_px, y_px) ? box_inverse(frame) : plane_inverse(x_px);
  }

  /// [N, 32, 48] inverse depth in 1 / m.
  static at::Tensor inverse_maps() {
    at::Tensor maps = at::empty({kFrames, kMap.height_px, kMap.width_px});
    auto* value = maps.data_ptr<float>();
    for (std::int64_t frame = 0; frame < kFrames; ++frame) {
      for (std::int64_t y = 0; y < kMap.height_px; ++y) {
        for (std::int64_t x = 0; x < kMap.width_px; ++x) {
          *value++ = static_cast<float>(
              inverse(frame, 2 * static_cast<double>(x) + 1, 2 * static_cast<double>(y) + 1));
        }
      }
    }
    return maps;
  }
  /// [N, 3, 64, 96].
  static at::Tensor video() {
    at::Tensor frames = at::empty({kFrames, 3, kVideo.height_px, kVideo.width_px}, at::kByte);
    for (std::int64_t frame = 0; frame < kFrames; ++frame) {
      auto* value = frames[frame].data_ptr<std::uint8_t>();
      for (const bool red : {true, false, false}) {
        const bool blue = !red && value != frames[frame].data_ptr<std::uint8_t>() + 96 * 64;
        for (std::int64_t y = 0; y < kVideo.height_px; ++y) {
          for (std::int64_t x = 0; x < kVideo.width_px; ++x) {
            const bool box =
                in_box(frame, static_cast<double>(x) + 0.5, static_cast<double>(y) + 0.5);
            *value++ = box ? (red ? 220 : 20) : (blue ? 220 : 20);
          }
        }
      }
    }
    return frames;
  }
};

}  // namespace rollingdepth::testing
