#include "write/announced_frames.hpp"

#include "rollingdepth/error.hpp"

namespace rollingdepth {

void AnnouncedFrames::begin(const DepthClipInfo& info) {
  info_ = info;
  begun_ = true;
  counted_ = 0;
}

void AnnouncedFrames::count(const at::Tensor& depth) {
  if (!begun_) fail("it was not begun");
  if (depth.sizes() != c10::IntArrayRef({info_.height_px, info_.width_px}) ||
      depth.scalar_type() != at::kFloat || !depth.device().is_cpu()) {
    fail("a frame is not float32 [H, W] of the announced size");
  }
  if (counted_ == info_.frames) fail("more frames came than were announced");
  ++counted_;
}

void AnnouncedFrames::require_all() const {
  if (!begun_ || counted_ != info_.frames) fail("not all frames came");
}

void AnnouncedFrames::fail(const char* why) const {
  throw Error(ErrorKind::kFailed, "cannot write " + file_.string() + ": " + why);
}

}  // namespace rollingdepth
