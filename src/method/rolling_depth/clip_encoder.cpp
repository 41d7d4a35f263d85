#include "method/rolling_depth/clip_encoder.hpp"

#include <ATen/ATen.h>
#include <c10/core/DeviceGuard.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "method/rolling_depth/vae.hpp"

namespace rollingdepth {
namespace {

FrameSize size_of(const FrameSource& source, const DepthModel& model,
                  const EncoderOptions& options) {
  return processing_size({source.info().width_px, source.info().height_px}, options.res_px,
                         model.info().downscale);
}

// Of a frame whose file tells none.
constexpr std::int64_t kNoTime = std::numeric_limits<std::int64_t>::min();

at::Tensor one_number(std::int64_t value) { return at::full({1}, value, at::kLong); }

}  // namespace

ClipEncoder::ClipEncoder(FrameSource& source, DepthModel& model, const EncoderOptions& options,
                         Spool& spool)
    : source_(source),
      model_(model),
      options_(options),
      size_(size_of(source, model, options)),
      latents_(spool, "latents",
               {model.info().latent_channels, size_.height_px / model.info().downscale,
                size_.width_px / model.info().downscale},
               model.dtype()),
      times_(spool, "times", {1}, at::kLong),
      length_(spool, "length", {1}, at::kLong) {
  const std::optional<at::Tensor> length = length_.find(0);
  if (!length) return;
  const std::int64_t frames = length->item<std::int64_t>();
  // Otherwise the clip is read again.
  if (!options.encoded && !(times_.has_all(0, frames) && latents_.has_all(0, frames))) return;
  frames_ = frames;
  ended_ = true;
}

void ClipEncoder::fail_without_frames(std::int64_t frames) const {
  throw Error(ErrorKind::kInput, "no frame to process: the clip has " + std::to_string(frames) +
                                     " frames and the first one asked for is " +
                                     std::to_string(options_.start_frame));
}

void ClipEncoder::skip_to_start() {
  std::int64_t index = 0;
  while (index < options_.start_frame && source_.next()) ++index;
  if (index < options_.start_frame) fail_without_frames(index);
}

std::vector<Frame> ClipEncoder::next_batch() {
  std::vector<Frame> batch;
  while (static_cast<std::int64_t>(batch.size()) < options_.max_vae_frames) {
    const std::int64_t read = frames_ + static_cast<std::int64_t>(batch.size());
    std::optional<Frame> frame;
    if (options_.frame_count == 0 || read < options_.frame_count) frame = source_.next();
    if (!frame) {
      ended_ = true;
      break;
    }
    batch.push_back(*std::move(frame));
  }
  return batch;
}

at::Tensor ClipEncoder::on_device(const at::Tensor& rgb) const {
  // A byte a value travels, and a GPU resamples faster than the processor does.
  if (!model_.device().is_cuda()) return rgb;
  const c10::DeviceGuard guard(model_.device());  // Pinned memory belongs to the current GPU.
  return rgb.pin_memory().to(model_.device(), /*non_blocking=*/true);
}

void ClipEncoder::encode(std::vector<Frame> batch) {
  const auto count = static_cast<std::int64_t>(batch.size());
  // The clip is read once: what turned out to be damaged later could not be encoded again. Latents
  // are small beside the frames that were decoded for this question.
  if (!latents_.are_whole(frames_, frames_ + count)) {
    // One by one: in float32 a batch of large frames takes more than the network.
    std::vector<at::Tensor> prepared;
    for (Frame& frame : batch) {
      const at::Tensor rgb = on_device(std::exchange(frame.rgb, {}).unsqueeze(0));
      prepared.push_back(prepare_frames(rgb, size_, options_.resample));
    }
    const at::Tensor encoded = encode_rgb(model_, at::cat(prepared)).cpu();
    for (std::int64_t i = 0; i < count; ++i) latents_.write(frames_ + i, encoded[i]);
  }
  for (std::int64_t i = 0; i < count; ++i) {
    const std::optional<std::int64_t>& pts = batch[static_cast<std::size_t>(i)].pts;
    times_.write(frames_ + i, one_number(pts.value_or(kNoTime)));
  }
  frames_ += count;
}

std::int64_t ClipEncoder::encode_until(std::int64_t count, Progress& progress) {
  if (!ended_ && !std::exchange(started_, true)) skip_to_start();
  while (!ended_ && frames_ < count) {
    progress.check_cancelled();
    encode(next_batch());
    progress.advance(frames_);
  }
  if (frames_ == 0) fail_without_frames(options_.start_frame);
  if (ended_) length_.write(0, one_number(frames_));
  return frames_;
}

at::Tensor ClipEncoder::latents(const std::vector<std::int64_t>& frames) const {
  return latents_.read_all(frames);
}

std::vector<std::optional<std::int64_t>> ClipEncoder::noted_times() const {
  std::vector<std::optional<std::int64_t>> times;
  for (std::int64_t frame = 0; frame < frames_; ++frame) {
    const auto pts = times_.read(frame).item<std::int64_t>();
    times.push_back(pts == kNoTime ? std::nullopt : std::optional(pts));
  }
  return times;
}

}  // namespace rollingdepth
