#include "live/frame_computer.hpp"

#include <utility>

#include "base/resample.hpp"

namespace rollingdepth::live {
namespace {

double seconds_since(Clock::time_point time) {
  return std::chrono::duration<double>(Clock::now() - time).count();
}

}  // namespace

FrameComputer::FrameComputer(CausalDepth& depth, const ViewPainter& painter,
                             const ComputerOptions& options, FrameSize frames, LiveStats& stats)
    : depth_(depth),
      painter_(painter),
      options_(options),
      stats_(stats),
      size_(depth.processing_size(frames)),
      cuts_(options.cuts, frames),
      range_(depth.values(), options.smooth) {
  if (options.adapt) {
    control_.emplace(options.adapt->res_px, 1 / options.adapt->frames_per_second);
  }
}

LivePicture FrameComputer::compute(LiveFrame frame, bool shows_view) {
  const Clock::time_point taken = Clock::now();
  stats_.add(Stage::kWait, seconds_since(frame.captured));
  shown_ = {};
  if (frame.begins_anew) cuts_.begin_anew();
  shown_.cut = options_.looks_for_cuts && cuts_.is_cut(frame.rgb, frame.time_us);
  if (shown_.cut || frame.begins_anew) {
    depth_.begin_anew();
    range_.begin_anew();
  }
  LivePicture picture{.frame = std::move(frame), .depth = {}, .shown = {}};
  picture.depth = depth_of(picture.frame.rgb);
  stats_.add(Stage::kDepth, seconds_since(taken));
  const Clock::time_point painting = Clock::now();
  picture.shown = range_.show(picture.depth);
  if (shows_view) picture.view = painter_.paint(picture.frame.rgb, picture.shown);
  shown_.min = picture.depth.min().item<double>();
  shown_.max = picture.depth.max().item<double>();
  shown_.far = range_.far();
  shown_.near = range_.near();
  stats_.add(Stage::kPaint, seconds_since(painting));
  adapt(seconds_since(taken));
  return picture;
}

at::Tensor FrameComputer::depth_of(const at::Tensor& rgb) {
  at::Tensor depth = depth_.next(rgb);
  if (depth.size(1) == size_.width_px && depth.size(0) == size_.height_px) return depth;
  return resample(depth.unsqueeze(0).unsqueeze(0), size_, ResampleMethod::kBilinear)
      .squeeze(0)
      .squeeze(0);
}

void FrameComputer::adapt(double busy_seconds) {
  if (!control_) return;
  new_res_ = control_->after_frame(busy_seconds);
  if (new_res_) depth_.change_res(*new_res_);
}

std::optional<std::int64_t> FrameComputer::take_new_res() {
  return std::exchange(new_res_, std::nullopt);
}

}  // namespace rollingdepth::live
