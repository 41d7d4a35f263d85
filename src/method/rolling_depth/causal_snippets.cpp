#include "method/rolling_depth/causal_snippets.hpp"

#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string>
#include <utility>

#include "align/co_align.hpp"
#include "align/snippet_samples.hpp"
#include "base/resample.hpp"
#include "method/rolling_depth/frame_encoder.hpp"
#include "method/rolling_depth/options.hpp"
#include "method/rolling_depth/snippet_predictor.hpp"
#include "method/rolling_depth/vae.hpp"
#include "nn/device.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr std::int64_t kSeed = 42;       // As the option of a run has it.
constexpr std::int64_t kSamples = 2048;  // Of a map, at least, that a fit looks at.
// Of the logarithm of a scale, and of a shift, that is let go of from frame to frame. It trades
// errors of seconds, in scenes whose own scale changes, for drift over minutes.
constexpr double kLetGo = 0.0005;

CausalOptions checked(CausalOptions options) {
  options.validate();
  return options;
}

std::int64_t most_frames(const CausalOptions& options) {
  return *std::max_element(options.dilations.begin(), options.dilations.end()) *
         (options.snippet_length - 1);
}

void check_lengths(const ModelInfo& model, const CausalOptions& options) {
  RollingDepthOptions lengths;
  lengths.snippet_length = 1;
  check_model_supports(model, lengths);
  if (options.mode == CausalMode::kFrame) return;
  lengths.snippet_length = options.snippet_length;
  check_model_supports(model, lengths);
}

std::span<const float> values_of(const at::Tensor& samples) {
  return {samples.const_data_ptr<float>(), static_cast<std::size_t>(samples.numel())};
}

// The fit to a frame so far back, let go of, and within bounds.
LineFit let_go(LineFit fit, std::int64_t frames) {
  const double kept = std::pow(1 - kLetGo, static_cast<double>(frames));
  const double most = std::log(CausalSnippets::kMostScale);
  fit.scale = std::exp(std::clamp(kept * std::log(fit.scale), -most, most));
  const double shift = kept * (fit.target_centre - fit.value_centre);
  fit.target_centre =
      fit.value_centre + std::clamp(shift, -CausalSnippets::kMostShift, CausalSnippets::kMostShift);
  return fit;
}

}  // namespace

CausalSnippets::CausalSnippets(std::unique_ptr<DepthModel> model, CausalOptions options)
    : model_(std::move(model)),
      options_(checked(std::move(options))),
      scheduler_(model_->info().scheduler),
      recent_(most_frames(options_)) {
  check_lengths(model_->info(), options_);
}

FrameSize CausalSnippets::processing_size(FrameSize input) const {
  return rollingdepth::processing_size(input, options_.res_px.value_or(0),
                                       model_->info().downscale);
}

std::int64_t CausalSnippets::edge_px(FrameSize input) const {
  const FrameSize size = processing_size(input);
  return std::max(size.width_px, size.height_px);
}

void CausalSnippets::begin_anew() {
  recent_.clear();
  last_ = at::Tensor();
  scale_ = 1;
}

void CausalSnippets::change_res(std::int64_t res_px) {
  CausalOptions changed = options_;
  changed.res_px = res_px;
  options_ = checked(std::move(changed));
}

// Latents are of one size. What was given last is taken over, for the scale.
void CausalSnippets::take_size(FrameSize size) {
  if (size == size_) return;
  size_ = size;
  recent_.clear();
  const std::vector<std::int64_t> shape = latent_shape(size, model_->info());
  noise_ = initial_noise(kSeed, shape[0], shape[1], shape[2]).to(model_->device());
  CoAlignOptions sampling;
  sampling.samples_per_map = kSamples;
  stride_px_ = sampling.sample_stride_px(size.height_px, size.width_px, /*maps=*/1);
  if (last_.defined()) {
    last_ = resample(last_.unsqueeze(0).unsqueeze(0), size, ResampleMethod::kBilinear)[0][0];
  }
}

at::Tensor CausalSnippets::encode(const at::Tensor& rgb) {
  const at::Tensor picture = on_device(rgb.unsqueeze(0), model_->device());
  return encode_rgb(*model_, prepare_frames(picture, size_, ResampleMethod::kBilinear));
}

std::vector<CausalSnippets::Snippet> CausalSnippets::predict(const at::Tensor& latent) {
  const std::int64_t length = options_.mode == CausalMode::kFrame ? 1 : options_.snippet_length;
  std::vector<Snippet> snippets;
  std::vector<at::Tensor> latents;
  for (auto& frames : causal_snippets(recent_.next(), options_.dilations, length)) {
    for (const std::int64_t frame : frames) {
      latents.push_back(frame == recent_.next() ? latent : recent_.of(frame).latent);
    }
    snippets.push_back({.frames = std::move(frames), .map = {}, .before = {}});
  }
  const std::int64_t views = std::ssize(snippets.front().frames);
  const std::int64_t timestep = scheduler_.timesteps(1).front();
  const at::Tensor output = denoise_snippets(*model_, at::cat(latents), noise_, views, timestep);
  const at::Tensor denoised = scheduler_.step(output, timestep, noise_.expand_as(output), 1);
  // The two last of each snippet: what older ones would add to the fit is not worth their decoding.
  const std::int64_t decoded = std::min<std::int64_t>(views, 2);
  const at::Tensor wanted = denoised.unflatten(0, {-1, views}).narrow(1, views - decoded, decoded);
  const auto [maps, finite] = decode_depth(*model_, wanted.flatten(0, 1));
  if (!finite) {
    throw Error(ErrorKind::kFailed, "the depth is not finite; try --dtype fp32", Retry::kNever);
  }
  for (std::int64_t i = 0; i < std::ssize(snippets); ++i) {
    Snippet& snippet = snippets[static_cast<std::size_t>(i)];
    snippet.map = maps[(i + 1) * decoded - 1][0];
    if (decoded == 2) snippet.before = maps[i * decoded][0];
  }
  return snippets;
}

at::Tensor CausalSnippets::samples_of(const at::Tensor& map) const {
  return alignment_samples(map, stride_px_, CoAlignOptions().border_px).flatten();
}

LineFit CausalSnippets::fit(const Snippet& snippet) const {
  if (snippet.frames.size() == 1) {
    const at::Tensor values = samples_of(snippet.map), targets = samples_of(last_);
    return let_go(fit_line(values_of(values), values_of(targets), scale_), 1);
  }
  const std::int64_t before = snippet.frames[snippet.frames.size() - 2];
  const at::Tensor values = samples_of(snippet.before);
  return let_go(fit_line(values_of(values), values_of(recent_.of(before).samples), scale_),
                snippet.frames.back() - before);
}

at::Tensor CausalSnippets::aligned(const std::vector<Snippet>& snippets) {
  std::vector<at::Tensor> maps;
  double log_scales = 0;
  for (const Snippet& snippet : snippets) {
    const Affine affine = fit(snippet).affine();
    maps.push_back(snippet.map.mul(affine.scale).add_(affine.shift));
    log_scales += std::log(affine.scale);
  }
  scale_ = std::exp(log_scales / static_cast<double>(snippets.size()));
  return at::stack(maps).mean(0);
}

at::Tensor CausalSnippets::next(const at::Tensor& rgb) {
  take_size(processing_size({.width_px = rgb.size(2), .height_px = rgb.size(1)}));
  const at::Tensor latent = encode(rgb);
  const std::vector<Snippet> snippets = predict(latent);
  if (options_.mode == CausalMode::kFrame) return snippets.front().map.clone();
  last_ = last_.defined() ? aligned(snippets) : snippets.front().map;
  recent_.push({.latent = latent, .samples = samples_of(last_)});
  return last_.clone();  // Who gets it may write into it.
}

Settings CausalSnippets::settings() const {
  Settings json = {{"method", kRollingDepthKind},
                   {"mode", to_string(options_.mode)},
                   {"res", options_.res_px.value_or(0)},
                   {"resample_method", to_string(ResampleMethod::kBilinear)},
                   {"seed", kSeed}};
  if (options_.mode == CausalMode::kFrame) return json;
  json["dilations"] = options_.dilations;
  json["snip_len"] = options_.snippet_length;
  return json;
}

}  // namespace rollingdepth
