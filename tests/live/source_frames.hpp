#pragma once

#include <ATen/ATen.h>

#include <chrono>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "live/live_source.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth::testing {

/// Opens a source as soon as a sender that was started is there.
inline std::unique_ptr<live::LiveSource> open_when_there(const live::SourceOptions& options,
                                                         const live::StopFlag& stop) {
  for (int attempt = 0; attempt < 600; ++attempt) {
    try {
      return open_live_source(options, stop);
    } catch (const Error& error) {
      const std::string what = error.what();
      if (what.find("refused") == std::string::npos) throw;
    }
    stop.wait_for(std::chrono::milliseconds(100));
  }
  throw std::runtime_error(options.source + " never came");
}

/// The number of a picture of counting_source() or camera_source(), by its level.
inline int number_of(const live::LiveFrame& frame) {
  const double level = frame.rgb.to(at::kDouble).mean().item<double>();
  return static_cast<int>(std::lround((level - 40) / 4));
}

/// All frames that follow, no more than `most`.
inline std::vector<live::LiveFrame> frames_of(live::LiveSource& source, std::size_t most = 1000) {
  std::vector<live::LiveFrame> frames;
  while (frames.size() < most) {
    auto frame = source.next();
    if (!frame) break;
    frames.push_back(*std::move(frame));
  }
  return frames;
}

inline std::vector<int> numbers_of(const std::vector<live::LiveFrame>& frames) {
  std::vector<int> numbers;
  for (const auto& frame : frames) numbers.push_back(number_of(frame));
  return numbers;
}

inline std::vector<std::int64_t> times_of(const std::vector<live::LiveFrame>& frames) {
  std::vector<std::int64_t> times;
  for (const auto& frame : frames) times.push_back(frame.time_us);
  return times;
}

/// All remarks, a line each.
inline std::string remarks_of(live::LiveSource& source) {
  std::string all;
  for (const std::string& remark : source.take_remarks()) all += remark + "\n";
  return all;
}

}  // namespace rollingdepth::testing
