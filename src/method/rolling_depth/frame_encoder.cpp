#include "method/rolling_depth/frame_encoder.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "method/rolling_depth/vae.hpp"
#include "nn/device.hpp"

namespace rollingdepth {
std::vector<std::int64_t> latent_shape(FrameSize size, const ModelInfo& model) {
  return {model.latent_channels, size.height_px / model.downscale, size.width_px / model.downscale};
}

FrameEncoder::FrameEncoder(Crew& crew, CrewModels models, const FrameEncoderOptions& options,
                           Spool& spool)
    : crew_(crew),
      models_(std::move(models)),
      options_(options),
      latents_(spool, "latents", latent_shape(options.size, models_.front()->info()),
               models_.front()->dtype()) {}

void FrameEncoder::encode_until(std::int64_t count, ClipFrames& frames, Progress& progress) {
  // An earlier run has read all of the clip, but what it made of it is gone or damaged.
  if (!std::exchange(looked_, true) && !options_.encoded && frames.ended() &&
      !latents_.has_all(0, frames.count())) {
    frames.read_again();
  }
  CrewTasks tasks(crew_, progress, frames.count());
  while (!frames.ended() && frames.count() < count) {
    const std::int64_t first = frames.count();
    const auto batch =
        std::make_shared<const std::vector<Frame>>(frames.read(options_.max_vae_frames));
    if (batch->empty()) break;
    tasks.submit(std::ssize(*batch), [this, batch, first](std::size_t member) {
      encode(*models_[member], *batch, first);
    });
  }
  tasks.finish();
}

void FrameEncoder::encode_some(UnitRange wanted, std::int64_t count, ClipFrames& frames,
                               Progress& progress) {
  const std::int64_t size = options_.max_vae_frames;
  CrewTasks tasks(crew_, progress);
  for (std::int64_t first = wanted.first / size * size; first < wanted.last; first += size) {
    const std::int64_t frames_in_batch = std::min(first + size, count) - first;
    if (latents_.are_whole(first, first + frames_in_batch)) {
      tasks.skip(frames_in_batch);
      continue;
    }
    frames.go_to(first);
    const auto batch = std::make_shared<const std::vector<Frame>>(frames.read(size));
    tasks.submit(frames_in_batch, [this, batch, first](std::size_t member) {
      encode(*models_[member], *batch, first);
    });
  }
  tasks.finish();
}

void FrameEncoder::encode(DepthModel& model, const std::vector<Frame>& batch, std::int64_t first) {
  const auto count = static_cast<std::int64_t>(batch.size());
  // The clip is read once: what turned out to be damaged later could not be encoded again. Latents
  // are small beside the frames that were decoded for this question.
  if (latents_.are_whole(first, first + count)) return;
  // One by one: in float32 a batch of large frames takes more than the network.
  std::vector<at::Tensor> prepared;
  for (const Frame& frame : batch) {
    const at::Tensor rgb = on_device(frame.rgb.unsqueeze(0), model.device());
    prepared.push_back(prepare_frames(rgb, options_.size, options_.resample));
  }
  const at::Tensor encoded = encode_rgb(model, at::cat(prepared)).cpu();
  for (std::int64_t i = 0; i < count; ++i) latents_.write(first + i, encoded[i]);
}

at::Tensor FrameEncoder::latents(const std::vector<std::int64_t>& frames) const {
  return latents_.read_all(frames);
}

}  // namespace rollingdepth
