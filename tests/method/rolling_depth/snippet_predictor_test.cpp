#include "method/rolling_depth/snippet_predictor.hpp"

#include <gmock/gmock.h>

#include <vector>

#include "base/resample.hpp"
#include "fake_model.hpp"
#include "latents_in.hpp"
#include "method/rolling_depth/vae.hpp"
#include "parity.hpp"
#include "reference_model.hpp"
#include "rollingdepth/error.hpp"
#include "solo_crew.hpp"

namespace rollingdepth {
namespace {

using testing::at_pixels;
using testing::case_array;
using testing::case_settings;
using testing::expect_parity;
using testing::largest_difference;
using testing::recorded_pixels;

class InferenceParity : public ::testing::TestWithParam<const char*> {
 protected:
  const std::string name_ = GetParam();
  const nlohmann::json settings_ = case_settings(name_);
};

TEST_P(InferenceParity, DrawsTheRecordedNoise) {
  const at::Tensor expected = case_array(name_, "init_noise");
  const at::Tensor noise = initial_noise(settings_["seed"].get<std::int64_t>(), expected.size(0),
                                         expected.size(1), expected.size(2));
  expect_parity("init noise", name_, largest_difference(noise[0], expected), 0);
}

TEST_P(InferenceParity, EncodesToTheRecordedLatents) {
  const auto model = testing::reference_model(settings_["checkpoint"].get<std::string>());
  const at::Tensor frames = case_array(name_, "frames");
  const at::Tensor expected = case_array(name_, "rgb_latent");
  const at::Tensor prepared =
      prepare_frames(frames, {frames.size(3), frames.size(2)}, ResampleMethod::kBilinear);
  const double largest = expected.abs().max().item<double>();
  expect_parity("latents (relative)", name_,
                largest_difference(encode_rgb(*model, prepared), expected) / largest, 1e-5);
}

TEST_P(InferenceParity, PredictsTheRecordedSnippets) {
  const auto model = testing::reference_model(settings_["checkpoint"].get<std::string>());
  const at::Tensor latents = case_array(name_, "rgb_latent");
  const at::Tensor noise = case_array(name_, "init_noise").unsqueeze(0);
  const at::Tensor pixels = recorded_pixels(name_);
  const auto dilations = settings_["dilations_used"].get<std::vector<std::int64_t>>();
  for (std::size_t d = 0; d < dilations.size(); ++d) {
    const at::Tensor expected = case_array(name_, "snippets_" + std::to_string(d));  // [S, L, P]
    const SnippetPlan plan = plan_snippets(
        {.frames = latents.size(0), .length = expected.size(1), .dilation = dilations[d]});
    ASSERT_EQ(plan.size(), expected.size(0));
    at::Tensor snippets = at::full_like(expected, 1e9);
    testing::SoloCrew solo;
    // Batches that do not divide the numbers of snippets and frames evenly.
    predict_snippets(
        {model.get()}, testing::latents_in(latents), noise, plan,
        {.max_snippets = 5, .max_vae_frames = 4, .wanted = {}},
        [&](std::int64_t k, const at::Tensor& maps) { snippets[k].copy_(at_pixels(maps, pixels)); },
        solo.tasks);
    expect_parity("snippets", name_ + " dilation " + std::to_string(dilations[d]),
                  largest_difference(snippets, expected), 2e-4);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, InferenceParity, ::testing::ValuesIn(testing::kCases));

TEST(PredictSnippets, KeepsToTheBatchLimits) {
  testing::FakeModel model;
  testing::SoloCrew solo;
  std::vector<std::int64_t> order;
  const SnippetPlan plan = plan_snippets({.frames = 9, .length = 3, .dilation = 1});
  predict_snippets(
      {&model}, testing::latents_in(at::rand({9, 4, 1, 2})), at::zeros({1, 4, 1, 2}), plan,
      {.max_snippets = 4, .max_vae_frames = 5, .wanted = {}},
      [&](std::int64_t k, const at::Tensor& maps) {
        order.push_back(k);
        EXPECT_EQ(maps.sizes(), (std::vector<std::int64_t>{3, 8, 16}));
      },
      solo.tasks);
  EXPECT_THAT(order, ::testing::ElementsAre(0, 1, 2, 3, 4, 5, 6));
  EXPECT_EQ(model.denoise_calls, 2);
  EXPECT_EQ(model.largest_batch, 5);
}

// The fake model's depth is the colour latent's first channel, so every map names its frame.
TEST(PredictSnippets, GivesEachFrameItsPlaceInTheSnippet) {
  testing::FakeModel model;
  testing::SoloCrew solo;
  const at::Tensor latents = at::arange(8, at::kFloat).view({8, 1, 1, 1}).expand({8, 4, 1, 1});
  const SnippetPlan plan = plan_snippets({.frames = 8, .length = 3, .dilation = 2});
  predict_snippets(
      {&model}, testing::latents_in(latents), at::zeros({1, 4, 1, 1}), plan,
      {.max_snippets = 2, .max_vae_frames = 4, .wanted = {}},
      [&](std::int64_t k, const at::Tensor& maps) {
        for (std::int64_t j = 0; j < 3; ++j) {
          EXPECT_FLOAT_EQ(maps[j][0][0].item<float>(), static_cast<float>(k + 2 * j));
        }
      },
      solo.tasks);
}

TEST(PredictSnippets, RunsWholeBatchesOfWhatIsWanted) {
  testing::FakeModel model;
  testing::SoloCrew solo;
  std::vector<std::int64_t> order;
  const SnippetPlan plan = plan_snippets({.frames = 9, .length = 3, .dilation = 1});
  predict_snippets(
      {&model}, testing::latents_in(at::rand({9, 4, 1, 1})), at::zeros({1, 4, 1, 1}), plan,
      {.max_snippets = 2,
       .max_vae_frames = 4,
       .wanted = [](std::int64_t k) { return k == 3 || k == 6; }},
      [&](std::int64_t k, const at::Tensor&) { order.push_back(k); }, solo.tasks);
  EXPECT_THAT(order, ::testing::ElementsAre(2, 3, 6));
}

TEST(PredictSnippets, StopsWhereTheUserAsksTo) {
  struct Cancelling : Progress {
    void begin(std::string_view, std::int64_t, std::string_view) override {}
    void advance(std::int64_t) override {}
    void end(std::string_view) override {}
    void warn(const std::string&) override {}
    void check_cancelled() override { throw Cancelled(); }
  } progress;
  testing::FakeModel model;
  const SnippetPlan plan = plan_snippets({.frames = 3, .length = 3, .dilation = 1});
  Crew crew(testing::members(1));
  CrewTasks tasks(crew, progress);
  EXPECT_THROW(predict_snippets(
                   {&model}, testing::latents_in(at::zeros({3, 4, 1, 1})), at::zeros({1, 4, 1, 1}),
                   plan, {}, [](std::int64_t, const at::Tensor&) {}, tasks),
               Cancelled);
}

}  // namespace
}  // namespace rollingdepth
