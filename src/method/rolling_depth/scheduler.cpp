#include "method/rolling_depth/scheduler.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/cumprod.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <utility>

#include "base/formatted.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr std::int64_t kMostTimesteps = 1'000'000;  // Known models have 1,000.

void require_one_of(const char* field, const std::string& value,
                    std::initializer_list<const char*> known) {
  if (std::find(known.begin(), known.end(), value) != known.end()) return;
  throw Error(ErrorKind::kModel, std::string("scheduler: unknown ") + field + " '" + value + "'");
}

// Source: Nichol and Dhariwal 2021, section 3.2, with the offset s = 0.008.
at::Tensor squared_cosine_betas(std::int64_t steps) {
  const auto f = [](double u) {
    const double c = std::cos((u + 0.008) / 1.008 * std::numbers::pi / 2);
    return c * c;
  };
  std::vector<double> betas;
  for (std::int64_t i = 0; i < steps; ++i) {
    const double from = static_cast<double>(i) / static_cast<double>(steps);
    const double to = static_cast<double>(i + 1) / static_cast<double>(steps);
    betas.push_back(std::min(1 - f(to) / f(from), 0.999));
  }
  return at::tensor(betas, at::kDouble).to(at::kFloat);
}

at::Tensor make_betas(const SchedulerConfig& config) {
  const std::int64_t steps = config.num_train_timesteps;
  if (config.beta_schedule == "linear") {
    return at::linspace(config.beta_start, config.beta_end, steps, at::kFloat);
  }
  if (config.beta_schedule == "scaled_linear") {
    return at::linspace(std::sqrt(config.beta_start), std::sqrt(config.beta_end), steps, at::kFloat)
        .square();
  }
  return squared_cosine_betas(steps);
}

// Source: Lin et al. 2024, "Common Diffusion Noise Schedules and Sample Steps are Flawed",
// algorithm 1.
at::Tensor rescale_to_zero_terminal_snr(const at::Tensor& betas) {
  at::Tensor root = at::cumprod(1 - betas, 0).sqrt();
  const at::Tensor first = root[0].clone();
  const at::Tensor last = root[-1].clone();
  root = (root - last) * (first / (first - last));
  const at::Tensor bar = root.square();
  const at::Tensor alphas = at::cat({bar.slice(0, 0, 1), bar.slice(0, 1) / bar.slice(0, 0, -1)});
  return 1 - alphas;
}

}  // namespace

void SchedulerConfig::validate() const {
  require_one_of("beta_schedule", beta_schedule, {"linear", "scaled_linear", "squaredcos_cap_v2"});
  require_one_of("prediction_type", prediction_type, {"epsilon", "sample", "v_prediction"});
  require_one_of("timestep_spacing", timestep_spacing, {"leading", "trailing", "linspace"});
  if (num_train_timesteps < 1 || num_train_timesteps > kMostTimesteps) {
    throw Error(ErrorKind::kModel, "scheduler: num_train_timesteps must be 1 to " +
                                       std::to_string(kMostTimesteps) + ", not " +
                                       std::to_string(num_train_timesteps));
  }
  if (steps_offset < 0 || steps_offset >= num_train_timesteps) {
    throw Error(ErrorKind::kModel, "scheduler: steps_offset must be 0 to " +
                                       std::to_string(num_train_timesteps - 1) + ", not " +
                                       std::to_string(steps_offset));
  }
  if (!(beta_start > 0 && beta_start <= beta_end && beta_end < 1)) {
    throw Error(ErrorKind::kModel, "scheduler: beta_start " + formatted("%g", beta_start) +
                                       " and beta_end " + formatted("%g", beta_end) +
                                       " must rise between 0 and 1");
  }
  if (rescale_betas_zero_snr && prediction_type == "epsilon") {
    throw Error(ErrorKind::kModel,
                "scheduler: rescale_betas_zero_snr with prediction_type 'epsilon' divides by zero");
  }
}

DdimScheduler::DdimScheduler(SchedulerConfig config) : config_(std::move(config)) {
  config_.validate();
  at::Tensor betas = make_betas(config_);
  if (config_.rescale_betas_zero_snr) betas = rescale_to_zero_terminal_snr(betas);
  const at::Tensor bar = at::cumprod(1 - betas, 0).contiguous();
  alpha_bar_.assign(bar.const_data_ptr<float>(), bar.const_data_ptr<float>() + bar.numel());
}

std::vector<std::int64_t> DdimScheduler::timesteps(std::int64_t n) const {
  const std::int64_t total = config_.num_train_timesteps;
  if (n < 1 || n > total) {
    throw Error(ErrorKind::kUsage, "a schedule of " + std::to_string(n) +
                                       " steps is out of range 1.." + std::to_string(total));
  }
  std::vector<std::int64_t> steps;
  for (std::int64_t i = 0; i < n; ++i) {
    // nearbyint rounds half to even, as NumPy does.
    if (config_.timestep_spacing == "leading") {
      const std::int64_t step = (n - 1 - i) * (total / n) + config_.steps_offset;
      if (step >= total) {
        throw Error(ErrorKind::kUsage,
                    "a schedule of " + std::to_string(n) + " steps, each " +
                        std::to_string(config_.steps_offset) +
                        " later (the model's steps_offset), goes past the last of its " +
                        std::to_string(total) + " timesteps; take fewer steps");
      }
      steps.push_back(step);
    } else if (config_.timestep_spacing == "trailing") {
      const double at = static_cast<double>(total) - static_cast<double>(i) *
                                                         static_cast<double>(total) /
                                                         static_cast<double>(n);
      steps.push_back(static_cast<std::int64_t>(std::nearbyint(at)) - 1);
    } else {
      const double last = static_cast<double>(total - 1);
      const double at =
          n == 1 ? 0.0 : static_cast<double>(n - 1 - i) * (last / static_cast<double>(n - 1));
      steps.push_back(static_cast<std::int64_t>(std::nearbyint(at)));
    }
  }
  return steps;
}

at::Tensor DdimScheduler::step(const at::Tensor& output, std::int64_t t, const at::Tensor& sample,
                               std::int64_t n) const {
  const std::int64_t previous = t - config_.num_train_timesteps / n;
  const float a = alpha_bar_.at(static_cast<std::size_t>(t));
  const float a_final = config_.set_alpha_to_one ? 1.0F : alpha_bar_.front();
  const float a_previous =
      previous >= 0 ? alpha_bar_.at(static_cast<std::size_t>(previous)) : a_final;
  const float root_a = std::sqrt(a);
  const float root_b = std::sqrt(1 - a);

  at::Tensor x0;
  at::Tensor epsilon;
  if (config_.prediction_type == "epsilon") {
    x0 = (sample - root_b * output) / root_a;
    epsilon = output;
  } else if (config_.prediction_type == "sample") {
    x0 = output;
    epsilon = (sample - root_a * output) / root_b;
  } else {
    x0 = root_a * sample - root_b * output;
    epsilon = root_a * output + root_b * sample;
  }
  if (config_.clip_sample) x0 = x0.clamp(-config_.clip_sample_range, config_.clip_sample_range);
  return std::sqrt(a_previous) * x0 + std::sqrt(1 - a_previous) * epsilon;
}

at::Tensor DdimScheduler::add_noise(const at::Tensor& sample, const at::Tensor& noise,
                                    std::int64_t t) const {
  const float a = alpha_bar_.at(static_cast<std::size_t>(t));
  return std::sqrt(a) * sample + std::sqrt(1 - a) * noise;
}

}  // namespace rollingdepth
