#pragma once

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>

#include <cstdint>
#include <vector>

#include "rollingdepth/frame_size.hpp"

namespace rollingdepth {

/// What networks make of one frame by itself: tensors of one axis, whose meaning is their own.
using FrameParts = std::vector<at::Tensor>;

/// What they make of the frames of a window together.
struct WindowResult {
  at::Tensor paths;       ///< [T, numbers], of each frame what its depth is made from.
  at::Tensor poses = {};  ///< [T, 9] float32 on CPU; undefined where they tell none.
};

/// The networks of a method of windows, as far as such methods differ: what a frame is by itself,
/// which is computed once for all windows that see it, and what a window makes of its frames.
/// Thread-safe.
class WindowNetworks {
 public:
  virtual ~WindowNetworks() = default;

  [[nodiscard]] virtual c10::Device device() const = 0;
  /// @param frames [B, 3, H, W] float32, normalised, in order; H, W multiples of kPatchPx.
  /// @param first  number of frames[0] in the clip.
  /// @return the parts of all of them, [B, numbers] each, on the device.
  virtual FrameParts parts_of(const at::Tensor& frames, std::int64_t first) = 0;
  /// @param frames of the window, in order, on any device. @param size of the networks.
  virtual WindowResult window(const std::vector<FrameParts>& frames, FrameSize size) = 0;
  /// Depth of some frames of a window. @param paths [B, numbers], their part of the window's, on
  /// the device. @param frames on any device. @return [B, H, W] float32 on the device, >= 0.
  virtual at::Tensor depth(const at::Tensor& paths, const std::vector<FrameParts>& frames,
                           FrameSize size) = 0;
};

/// The networks that the members of a crew work with: one a member, the same on one device.
/// Borrowed.
using CrewNetworks = std::vector<WindowNetworks*>;

/// Numbers [first, first + count) of one part of each frame, stacked on `device`: [F, count].
at::Tensor stacked(const std::vector<FrameParts>& frames, std::size_t part, std::int64_t first,
                   std::int64_t count, c10::Device device);
/// All numbers of a part.
at::Tensor stacked(const std::vector<FrameParts>& frames, std::size_t part, c10::Device device);

}  // namespace rollingdepth
