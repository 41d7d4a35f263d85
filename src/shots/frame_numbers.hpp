#pragma once

#include <limits>
#include <vector>

namespace rollingdepth {

/// What is kept of each frame until the clip is read. Changes are SmallPicture::change_from().
struct FrameNumbers {
  double change = 0;  ///< From the frame before; 0 of the first.
  /// The smallest change over a flash that this frame may be in: between a frame before it and this
  /// one or one after it. Infinite where no flash is looked for.
  float flash_change = std::numeric_limits<float>::infinity();
  float luma = 0;         ///< Mean, 0 to 255.
  bool is_black = false;  ///< Nothing can be seen in it.
  /// It and the one before are dark and equally bright everywhere, more or less, whatever their hue
  /// and saturation: these mean little there, and jump with a level of brightness.
  bool stays_dark = false;
};

}  // namespace rollingdepth
