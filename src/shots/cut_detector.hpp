#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>

#include "rollingdepth/clip.hpp"
#include "rollingdepth/frame_size.hpp"
#include "rollingdepth/method.hpp"
#include "shots/cuts.hpp"

namespace rollingdepth {

/// How cuts are found.
struct CutOptions {
  double threshold = 3.5;      ///< Ratio of a frame's change to that of its neighbours, > 0.
  std::int64_t window = 3;     ///< Neighbours on each side, 1 to kMaxCutWindow.
  double least_content = 15;   ///< Change that a cut has at least, 0 to 255.
  double least_seconds = 0.6;  ///< Length of a shot, 0 to kMaxLeastSeconds.
  double fade_luma = 12;       ///< Mean luma, 0 to 255, below which a frame is a fade's; 0: none.
  std::int64_t flash_frames = 2;  ///< Longest flash that is no cut, 0 to kMaxFlashFrames; 0: none.

  /// @param prefix of the options' names. @throws Error(kUsage) naming the option and value.
  void validate(const std::string& prefix = "--") const;
  [[nodiscard]] Settings settings() const;
  /// Takes one value by its name in settings(). @return whether there is such a name.
  bool set(const std::string& name, const Settings& value);
  friend bool operator==(const CutOptions&, const CutOptions&) = default;
};

inline constexpr std::int64_t kMaxCutWindow = 1000;
inline constexpr double kMaxLeastSeconds = 3600;
inline constexpr std::int64_t kMaxFlashFrames = 5;

/// Finds the cuts of a clip that is seen once, front to back. Holds a few numbers a frame, and the
/// last few frames at a width of 256 pixels. Not thread-safe.
/// Source: PySceneDetect's AdaptiveDetector; flashes and fades are our own, docs/scenes.md.
class CutDetector {
 public:
  /// @param size of frames. @param frame_rate of the clip; where it is not positive, 25.
  /// REQUIRES: options are valid.
  CutDetector(const CutOptions& options, FrameSize size, Rational frame_rate);
  ~CutDetector();
  /// @param rgb [3, H, W] uint8 on CPU, the next frame.
  void add(const at::Tensor& rgb);
  /// REQUIRES: called once, after all frames were added.
  [[nodiscard]] Cuts finish();

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace rollingdepth
