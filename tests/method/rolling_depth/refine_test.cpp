#include "method/rolling_depth/refine.hpp"

#include <gmock/gmock.h>

#include <numeric>

#include "fake_model.hpp"
#include "latents_in.hpp"
#include "method/rolling_depth/vae.hpp"
#include "parity.hpp"
#include "reference_model.hpp"
#include "rollingdepth/error.hpp"
#include "solo_crew.hpp"

namespace rollingdepth {
namespace {

using testing::case_array;
using testing::case_settings;
using testing::expect_parity;

// All frames of the refined latents of a clip in memory.
at::Tensor refine_all(DepthModel& model, const at::Tensor& rgb, const at::Tensor& depth,
                      const at::Tensor& noise, const RefineOptions& options) {
  SilentProgress progress;
  Spool spool{SpoolPlace{}};
  std::vector<std::int64_t> frames(static_cast<std::size_t>(rgb.size(0)));
  std::iota(frames.begin(), frames.end(), 0);
  Crew crew(testing::members(1));
  return refine_latents(crew, {&model}, rgb.size(0), testing::latents_in(rgb),
                        testing::latents_in(depth), noise, options, spool,
                        progress)(frames, model.device());
}

class RefinementParity : public ::testing::TestWithParam<const char*> {};

TEST_P(RefinementParity, RefinesTheRecordedDepth) {
  const std::string name = GetParam();
  const auto settings = case_settings(name);
  const auto model = testing::reference_model(settings["checkpoint"].get<std::string>());
  const RefineOptions options{
      .steps = settings["refine_steps"].get<std::int64_t>(),
      .snippet_length = settings["refine_snippet_length"].get<std::int64_t>(),
      .start_dilation = settings["refine_start_dilation"].get<std::int64_t>(),
      .cap_dilation = settings["cap_dilation"].get<bool>(),
      .max_snippets = 4};
  const c10::InferenceMode inference;
  const at::Tensor refined = refine_all(*model, case_array(name, "rgb_latent"),
                                        encode_depth(*model, case_array(name, "coaligned")),
                                        case_array(name, "init_noise").unsqueeze(0), options);
  const at::Tensor expected = case_array(name, "depth_pred");
  const at::Tensor depth = testing::frames_recorded(decode_depth(*model, refined).maps, expected);
  expect_parity("refined, largest", name, testing::largest_difference(depth, expected), 5e-4);
  expect_parity("refined, mean", name, testing::mean_difference(depth, expected), 5e-3);
}

INSTANTIATE_TEST_SUITE_P(Cases, RefinementParity, ::testing::Values("paper", "full"));

// The fake UNet predicts the colour latent as the clean sample, and the last step of this schedule
// ends at alpha = 1, so whatever the depth was the result is the colour latent.
TEST(RefineLatents, EndsAtWhatTheNetworkPredicts) {
  testing::FakeModel model;
  model.info_.scheduler.timestep_spacing = "leading";
  model.info_.scheduler.steps_offset = 0;
  const at::Tensor rgb = at::rand({7, 4, 2, 3});
  for (const bool cap : {true, false}) {
    const at::Tensor refined =
        refine_all(model, rgb, at::rand({7, 4, 2, 3}), at::rand({1, 4, 2, 3}),
                   {.steps = 3, .start_dilation = 6, .cap_dilation = cap});
    EXPECT_TRUE(at::allclose(refined, rgb, 1e-4, 1e-5)) << "cap " << cap;
  }
}

TEST(RefineLatents, ShortensSnippetsForShortClips) {
  testing::FakeModel model;
  for (const std::int64_t frames : {1, 2, 3}) {
    const at::Tensor refined =
        refine_all(model, at::rand({frames, 4, 1, 1}), at::rand({frames, 4, 1, 1}),
                   at::rand({1, 4, 1, 1}), {.steps = 2});
    EXPECT_EQ(refined.size(0), frames);
    EXPECT_TRUE(refined.isfinite().all().item<bool>());
    EXPECT_EQ(model.last_views, frames);
  }
}

}  // namespace
}  // namespace rollingdepth
