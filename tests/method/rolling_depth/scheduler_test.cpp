#include "method/rolling_depth/scheduler.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cmath>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Four training steps with linear betas 0.1 .. 0.4 are small enough to work out by hand.
SchedulerConfig small_config() {
  return {.num_train_timesteps = 4,
          .beta_start = 0.1,
          .beta_end = 0.4,
          .beta_schedule = "linear",
          .prediction_type = "epsilon",
          .timestep_spacing = "leading",
          .steps_offset = 0};
}

SchedulerConfig spaced(const char* spacing, std::int64_t offset) {
  SchedulerConfig config;
  config.timestep_spacing = spacing;
  config.steps_offset = offset;
  return config;
}

TEST(DdimScheduler, MultipliesLinearAlphas) {
  const DdimScheduler scheduler(small_config());
  const double expected[] = {0.9, 0.9 * 0.8, 0.9 * 0.8 * 0.7, 0.9 * 0.8 * 0.7 * 0.6};
  for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(scheduler.alpha_bar()[i], expected[i], 1e-6);
}

TEST(DdimScheduler, SquaresTheLineOfRootsWhereScaledLinear) {
  SchedulerConfig config = small_config();
  config.beta_schedule = "scaled_linear";
  config.num_train_timesteps = 3;
  const double middle = (std::sqrt(0.1) + std::sqrt(0.4)) / 2;
  const DdimScheduler scheduler(config);
  EXPECT_NEAR(scheduler.alpha_bar()[1], 0.9 * (1 - middle * middle), 1e-6);
}

// The product of (1 - beta_i) telescopes to f(1/2) / f(0) at the middle of the schedule.
TEST(DdimScheduler, FollowsTheSquaredCosine) {
  SchedulerConfig config = small_config();
  config.beta_schedule = "squaredcos_cap_v2";
  config.num_train_timesteps = 100;
  const auto f = [](double u) { return std::pow(std::cos((u + 0.008) / 1.008 * M_PI / 2), 2); };
  const DdimScheduler scheduler(config);
  EXPECT_NEAR(scheduler.alpha_bar()[49], f(0.5) / f(0), 1e-5);
  // The last beta would be 1; it is capped at 0.999.
  EXPECT_NEAR(scheduler.alpha_bar()[99] / scheduler.alpha_bar()[98], 0.001, 1e-6);
}

TEST(DdimScheduler, RescalesToZeroTerminalSnr) {
  SchedulerConfig config = small_config();
  config.prediction_type = "v_prediction";
  const DdimScheduler before(config);
  config.rescale_betas_zero_snr = true;
  const DdimScheduler after(config);
  EXPECT_NEAR(after.alpha_bar().front(), before.alpha_bar().front(), 1e-6);
  EXPECT_NEAR(after.alpha_bar().back(), 0, 1e-6);
  const double first = std::sqrt(before.alpha_bar()[0]);
  const double last = std::sqrt(before.alpha_bar()[3]);
  const double second = (std::sqrt(before.alpha_bar()[1]) - last) * first / (first - last);
  EXPECT_NEAR(after.alpha_bar()[1], second * second, 1e-6);
}

TEST(DdimScheduler, SpacesTimestepsTrailing) {
  const DdimScheduler scheduler(spaced("trailing", 1));
  EXPECT_THAT(scheduler.timesteps(1), ElementsAre(999));
  EXPECT_THAT(scheduler.timesteps(4), ElementsAre(999, 749, 499, 249));
  EXPECT_THAT(scheduler.timesteps(3), ElementsAre(999, 666, 332));
}

TEST(DdimScheduler, SpacesTimestepsLeadingWithOffset) {
  const DdimScheduler scheduler(spaced("leading", 1));
  EXPECT_THAT(scheduler.timesteps(1), ElementsAre(1));
  EXPECT_THAT(scheduler.timesteps(4), ElementsAre(751, 501, 251, 1));
}

// 999 / 2 = 499.5 rounds to the even neighbour 500.
TEST(DdimScheduler, SpacesTimestepsOnALine) {
  const DdimScheduler scheduler(spaced("linspace", 1));
  EXPECT_THAT(scheduler.timesteps(1), ElementsAre(0));
  EXPECT_THAT(scheduler.timesteps(3), ElementsAre(999, 500, 0));
}

TEST(DdimScheduler, RefusesAScheduleLongerThanTraining) {
  const DdimScheduler scheduler(small_config());
  EXPECT_THROW((void)scheduler.timesteps(5), Error);
  EXPECT_THROW((void)scheduler.timesteps(0), Error);
}

// Timesteps of training end at 3, and one of four steps would begin at 4.
TEST(DdimScheduler, RefusesAScheduleThatGoesPastTheLastTimestep) {
  SchedulerConfig config = small_config();
  config.steps_offset = 1;
  const DdimScheduler scheduler(config);
  EXPECT_THAT(scheduler.timesteps(2), ElementsAre(3, 1));
  try {
    (void)scheduler.timesteps(4);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("goes past the last of its 4 timesteps"));
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
  }
}

// Each prediction type describes the same x0 and noise, so one step gives the same sample.
TEST(DdimScheduler, StepsAlikeForAllPredictionTypes) {
  const at::Tensor x0 = at::tensor({0.5, -1.0, 2.0}, at::kFloat);
  const at::Tensor noise = at::tensor({-0.3, 0.7, 1.1}, at::kFloat);
  const std::int64_t t = 3;
  SchedulerConfig config = small_config();
  const double a = 0.9 * 0.8 * 0.7 * 0.6;
  const double a_previous = 0.9 * 0.8;  // Two steps of four: t - 4 / 2 = 1.
  const at::Tensor sample = std::sqrt(a) * x0 + std::sqrt(1 - a) * noise;
  const at::Tensor expected = std::sqrt(a_previous) * x0 + std::sqrt(1 - a_previous) * noise;
  const std::pair<const char*, at::Tensor> predictions[] = {
      {"epsilon", noise},
      {"sample", x0},
      {"v_prediction", std::sqrt(a) * noise - std::sqrt(1 - a) * x0}};
  for (const auto& [type, output] : predictions) {
    config.prediction_type = type;
    const at::Tensor stepped = DdimScheduler(config).step(output, t, sample, 2);
    EXPECT_TRUE(at::allclose(stepped, expected, 1e-5, 1e-6)) << type;
  }
}

TEST(DdimScheduler, EndsAtTheFirstAlphaOrAtOne) {
  SchedulerConfig config = small_config();
  config.prediction_type = "sample";
  const at::Tensor x0 = at::ones({1});
  const at::Tensor sample = at::zeros({1});
  // t = 0 of a four-step schedule steps to -1.
  const double a = 0.9;
  const double epsilon = -std::sqrt(a) / std::sqrt(1 - a);
  EXPECT_NEAR(DdimScheduler(config).step(x0, 0, sample, 4).item<double>(),
              std::sqrt(a) + std::sqrt(1 - a) * epsilon, 1e-5);
  config.set_alpha_to_one = true;
  EXPECT_NEAR(DdimScheduler(config).step(x0, 0, sample, 4).item<double>(), 1, 1e-6);
}

TEST(DdimScheduler, ClipsThePredictedSample) {
  SchedulerConfig config = small_config();
  config.prediction_type = "sample";
  config.set_alpha_to_one = true;
  config.clip_sample = true;
  config.clip_sample_range = 1.5;
  const at::Tensor stepped =
      DdimScheduler(config).step(at::tensor({9.0, -9.0}, at::kFloat), 0, at::zeros({2}), 4);
  EXPECT_TRUE(at::allclose(stepped, at::tensor({1.5, -1.5}, at::kFloat)));
}

TEST(DdimScheduler, AddsNoiseByTheCumulativeProduct) {
  const at::Tensor noisy =
      DdimScheduler(small_config()).add_noise(at::full({1}, 2.0), at::full({1}, 3.0), 1);
  EXPECT_NEAR(noisy.item<double>(), 2 * std::sqrt(0.72) + 3 * std::sqrt(0.28), 1e-5);
}

TEST(SchedulerConfig, NamesTheUnknownWord) {
  SchedulerConfig config;
  config.prediction_type = "flow";
  try {
    config.validate();
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("prediction_type 'flow'"));
    EXPECT_EQ(error.kind(), ErrorKind::kModel);
  }
}

TEST(SchedulerConfig, RefusesNumbersThatGiveNoSchedule) {
  const auto refusal = [](auto&& change) -> std::string {
    SchedulerConfig config;
    change(config);
    try {
      config.validate();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kModel);
      return error.what();
    }
    return "accepted";
  };
  using Config = SchedulerConfig;
  EXPECT_THAT(refusal([](Config& c) { c.num_train_timesteps = 0; }), HasSubstr("1 to 1000000"));
  // 16 TB of them would be made.
  EXPECT_THAT(refusal([](Config& c) { c.num_train_timesteps = std::int64_t{1} << 42; }),
              HasSubstr("num_train_timesteps must be 1 to 1000000"));
  EXPECT_THAT(refusal([](Config& c) { c.steps_offset = 1000; }), HasSubstr("must be 0 to 999"));
  EXPECT_THAT(refusal([](Config& c) { c.steps_offset = -1; }), HasSubstr("must be 0 to 999"));
  EXPECT_THAT(refusal([](Config& c) { c.beta_end = 1; }), HasSubstr("must rise between 0 and 1"));
  EXPECT_THAT(refusal([](Config& c) { c.beta_start = 0.5; }), HasSubstr("beta_start 0.5 and"));
  EXPECT_THAT(refusal([](Config& c) { c.beta_end = std::nan(""); }), HasSubstr("must rise"));
}

TEST(SchedulerConfig, RefusesEpsilonWithZeroTerminalSnr) {
  SchedulerConfig config = small_config();
  config.rescale_betas_zero_snr = true;
  EXPECT_THROW(config.validate(), Error);
}

}  // namespace
}  // namespace rollingdepth
