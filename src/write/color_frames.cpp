#include "write/color_frames.hpp"

#include <optional>
#include <string>

#include "rollingdepth/error.hpp"

namespace rollingdepth {

const ClipInfo& ColorFrameReader::begin() {
  source_ = frames_.open();
  for (std::int64_t frame = 0; frame < frames_.start_frame; ++frame) {
    if (frames_.check_cancelled) frames_.check_cancelled();
    next();
  }
  return source_->info();
}

at::Tensor ColorFrameReader::next() {
  std::optional<Frame> frame = source_->next();
  if (!frame) {
    throw Error(ErrorKind::kInput, "cannot write " + output_.string() + ": " +
                                       source_->info().name + " ended after " +
                                       std::to_string(read_) + " frames, before its depth");
  }
  ++read_;
  return frame->rgb;
}

}  // namespace rollingdepth
