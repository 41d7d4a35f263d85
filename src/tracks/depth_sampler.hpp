#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "rollingdepth/clip.hpp"
#include "rollingdepth/frame_size.hpp"
#include "tracks/inverse_depth.hpp"
#include "tracks/track.hpp"

namespace rollingdepth {

struct SamplingOptions {
  std::optional<double> radius_px =
      {};                        ///< Of the depth map, > 0. Unset: 4 px where it is 384 wide.
  double edge_threshold = 0.05;  ///< > 0: how far apart the sides of an edge are, see edge.
  void validate() const;         ///< @throws Error(kUsage) naming the option and value.
};

/// What a depth map says of one tracked thing.
struct DepthSample {
  double depth = kNoDepth;   ///< A value of the map, never a mean of several.
  double spread = kNoDepth;  ///< Median absolute deviation from it, of the pixels that count.
  bool edge = false;         ///< Two surfaces lie in the window.
  bool valid = false;        ///< Whether there is a depth at all.
};

/// Reads the depth of tracked things from one depth map after another. Not thread-safe.
///
/// Of a point the pixels within a radius count. Where they lie on two surfaces, only those of one
/// side do: the point's own, or, where colours are known, the side that has more weight. Of these
/// it is the weighted median. Weights fall with the distance and with the difference of colour.
/// Of a box it is the median of its central half, half as wide and high.
class DepthSampler {
 public:
  /// @param video size of the frames in whose pixels tracks are. @param map size of depth maps.
  DepthSampler(FrameSize video, FrameSize map, DepthValues values, const SamplingOptions& options);

  /// @param depth [H, W] float32 on CPU, contiguous, of the size of the maps.
  /// @param rgb   [3, H, W] uint8 on CPU, contiguous, of the video's size; undefined: no colours.
  void begin_frame(const at::Tensor& depth, const at::Tensor& rgb);

  /// Of a point outside the picture, or without a finite value near it, nothing is valid.
  /// REQUIRES: begin_frame().
  [[nodiscard]] DepthSample sample(const TrackedPoint& point) const;

  /// From the second to the 98th percentile of the frame's inverse depth.
  [[nodiscard]] double frame_range() const { return frame_range_; }
  [[nodiscard]] double radius_px() const { return radius_px_; }

 private:
  struct Pixel {
    double inverse = 0;
    double value = 0;
    double weight = 1;
    double distance_px2 = 0;
  };
  struct Color {
    double r = 0, g = 0, b = 0;
  };

  [[nodiscard]] std::optional<Pixel> pixel(std::int64_t x, std::int64_t y) const;
  [[nodiscard]] std::vector<Pixel> window(double x, double y) const;
  [[nodiscard]] std::vector<Pixel> central_half(const TrackedPoint& box) const;
  [[nodiscard]] Color color(std::int64_t x, std::int64_t y) const;
  [[nodiscard]] bool keep_one_side(std::vector<Pixel>& pixels, bool by_weight) const;
  [[nodiscard]] std::size_t edge_place(const std::vector<Pixel>& sorted) const;
  static DepthSample median(std::vector<Pixel>& pixels);

  FrameSize video_;
  FrameSize map_;
  DepthValues values_;
  double edge_threshold_;
  double radius_px_;
  double map_per_video_x_;
  double map_per_video_y_;
  at::Tensor depth_;
  at::Tensor rgb_;
  double frame_range_ = 0;
};

}  // namespace rollingdepth
