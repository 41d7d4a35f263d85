#pragma once

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/frame_times.hpp"
#include "decode/video_reader.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth::testing {

/// A clip read to its end.
struct DecodedClip {
  ClipInfo info;
  std::vector<at::Tensor> frames;     ///< [3, H, W] uint8 each.
  std::vector<double> times_seconds;  ///< When each would be shown, from 0 on.
  FrameTimes times;
  std::vector<std::string> warnings;
};

inline DecodedClip read_all(FrameSource& source) {
  DecodedClip clip;
  clip.info = source.info();
  std::vector<std::optional<std::int64_t>> noted;
  while (std::optional<Frame> frame = source.next()) {
    EXPECT_EQ(frame->rgb.sizes(), at::IntArrayRef({3, clip.info.height_px, clip.info.width_px}));
    EXPECT_EQ(frame->rgb.scalar_type(), at::kByte);
    EXPECT_TRUE(frame->rgb.is_contiguous());
    noted.push_back(frame->pts);
    clip.frames.push_back(std::move(frame->rgb));
  }
  EXPECT_FALSE(source.next()) << "nothing comes after the end";
  clip.warnings = source.warnings();
  clip.times = frame_times(noted, clip.info);
  for (const std::int64_t tick : clip.times.ticks) {
    clip.times_seconds.push_back(static_cast<double>(tick) * clip.times.time_base.value());
  }
  return clip;
}

inline DecodedClip read_clip(const std::filesystem::path& file) {
  return read_all(*open_video(file));
}

/// The mean level of a whole picture.
inline double mean_level(const at::Tensor& rgb) {
  return rgb.to(at::kDouble).mean().item<double>();
}

/// The largest difference of two pictures, in levels.
inline int largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kInt) - b.to(at::kInt)).abs().max().item<int>();
}

/// The colour in the middle of each quarter of a picture: above left, above right, below left,
/// below right; one letter each, '?' for anything but red, green, blue and white.
inline std::string quarter_colours(const at::Tensor& rgb) {
  std::string letters;
  for (const int row : {1, 3}) {
    for (const int column : {1, 3}) {
      const at::Tensor pixel =
          rgb.select(1, rgb.size(1) * row / 4).select(1, rgb.size(2) * column / 4).to(at::kInt);
      int bits = 0;
      for (int channel = 0; channel < 3; ++channel) {
        const int level = pixel[channel].item<int>();
        if (level > 235) bits |= 4 >> channel;
        if (level > 20 && level <= 235) bits |= 8;
      }
      letters += bits == 4 ? 'r' : bits == 2 ? 'g' : bits == 1 ? 'b' : bits == 7 ? 'w' : '?';
    }
  }
  return letters;
}

/// The kind and text of the Error that `action` throws; fails the test where it throws none.
struct CaughtError {
  ErrorKind kind = ErrorKind::kFailed;
  std::string text;
};
inline CaughtError error_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return {kind_of(error), describe(error)};
  }
  ADD_FAILURE() << "no error";
  return {};
}

}  // namespace rollingdepth::testing
