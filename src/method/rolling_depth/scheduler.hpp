#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rollingdepth {

/// Settings of a DDIM noise schedule, named as in scheduler_config.json.
struct SchedulerConfig {
  std::int64_t num_train_timesteps = 1000;  ///< 1 to 1,000,000.
  double beta_start = 0.00085;              ///< 0 < beta_start <= beta_end < 1.
  double beta_end = 0.012;
  std::string beta_schedule = "scaled_linear";   ///< linear, scaled_linear, squaredcos_cap_v2.
  std::string prediction_type = "v_prediction";  ///< epsilon, sample, v_prediction.
  std::string timestep_spacing = "trailing";     ///< leading, trailing, linspace.
  std::int64_t steps_offset = 1;                 ///< Added by `leading`, 0 to timesteps - 1.
  bool set_alpha_to_one = false;
  bool rescale_betas_zero_snr = false;
  bool clip_sample = false;
  double clip_sample_range = 1.0;
  /// Throws Error(kModel) naming the field and its value.
  void validate() const;
};

/// Denoising diffusion implicit models, deterministic (eta = 0).
/// Source: Song et al. 2021, equation 12; Salimans and Ho 2022 for v-prediction; Lin et al. 2024,
/// algorithm 1 for zero terminal SNR.
class DdimScheduler {
 public:
  explicit DdimScheduler(SchedulerConfig config);

  /// The timesteps of an n-step schedule, largest first.
  /// @throws Error(kUsage) where there are not so many, or `leading` would go past the last.
  [[nodiscard]] std::vector<std::int64_t> timesteps(std::int64_t n) const;

  /// One step from timestep t of an n-step schedule to t - T/n.
  /// @param output what the network predicts at t, same shape and dtype as `sample`.
  [[nodiscard]] at::Tensor step(const at::Tensor& output, std::int64_t t, const at::Tensor& sample,
                                std::int64_t n) const;

  /// sqrt(alpha_bar[t]) * sample + sqrt(1 - alpha_bar[t]) * noise.
  [[nodiscard]] at::Tensor add_noise(const at::Tensor& sample, const at::Tensor& noise,
                                     std::int64_t t) const;

  /// [T] float32 cumulative products of 1 - beta.
  [[nodiscard]] const std::vector<float>& alpha_bar() const { return alpha_bar_; }

 private:
  SchedulerConfig config_;
  std::vector<float> alpha_bar_;
};

}  // namespace rollingdepth
