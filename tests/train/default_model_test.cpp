// The package models/default on scenes whose depth is known, from the renderer that its training
// used, with surfaces and shapes made here.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "latents_in.hpp"
#include "method/rolling_depth/model.hpp"
#include "method/rolling_depth/snippet_predictor.hpp"
#include "method/rolling_depth/vae.hpp"
#include "plain_assets.hpp"
#include "rollingdepth/progress.hpp"
#include "scene.hpp"
#include "solo_crew.hpp"

namespace rollingdepth {
namespace {

constexpr int kWidth_px = 256, kHeight_px = 192, kViews = 3;
constexpr std::int64_t kFirstTimestep = 999;

struct Example {
  at::Tensor rgb;            // [3, 3, H, W] float32 in [-1, 1]
  at::Tensor inverse_depth;  // [3, H, W] float32, 1/metre
};

Example example(const Assets& assets, std::uint64_t seed) {
  const Scene scene = compose(assets, seed, false, {kWidth_px, kHeight_px});
  Example result{at::empty({kViews, 3, kHeight_px, kWidth_px}),
                 at::empty({kViews, kHeight_px, kWidth_px})};
  for (int view = 0; view < kViews; ++view) {
    Picture picture = draw(assets, scene, view);
    const at::Tensor pixels =
        at::from_blob(picture.rgb.data(), {kHeight_px, kWidth_px, 3}, at::kByte);
    result.rgb[view].copy_(pixels.permute({2, 0, 1}).to(at::kFloat) / 127.5 - 1);
    result.inverse_depth[view].copy_(
        at::from_blob(picture.inverse_depth.data(), {kHeight_px, kWidth_px}, at::kFloat));
  }
  return result;
}

/// Mean |d - d*| / d* after the least-squares mix of `features` and a constant to inverse depth.
double abs_rel(const std::vector<at::Tensor>& features, const at::Tensor& inverse_depth) {
  const at::Tensor valid = inverse_depth > 1.0 / 80;
  const at::Tensor truth = inverse_depth.masked_select(valid).to(at::kDouble);
  std::vector<at::Tensor> columns{at::ones_like(truth)};
  for (const at::Tensor& feature : features) {
    columns.push_back(feature.expand_as(inverse_depth).masked_select(valid).to(at::kDouble));
  }
  const at::Tensor design = at::stack(columns, 1);
  const at::Tensor normal = at::matmul(design.t(), design);
  const at::Tensor solution = at::linalg_solve(normal, at::matmul(design.t(), truth));
  const at::Tensor fitted = at::matmul(design, solution).clamp_min(truth.min());
  return (truth / fitted - 1).abs().mean().item<double>();
}

class DefaultModel : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    model = load_model(ROLLINGDEPTH_DEFAULT_MODEL, c10::Device(c10::kCPU), c10::kFloat).release();
  }
  static void TearDownTestSuite() { delete model; }

  /// Inverse depth [3, H, W] by the one step of the fast presets; `sample` is what it predicts.
  static at::Tensor depth_of(const at::Tensor& rgb) {
    const at::Tensor colour = model->encode(rgb);
    const at::Tensor noise = at::zeros_like(colour);
    return model->decode(model->denoise(at::cat({colour, noise}, 1), kFirstTimestep, kViews))
        .squeeze(1);
  }

  inline static DepthModel* model = nullptr;
};

TEST_F(DefaultModel, SaysWhatItIsAndFitsIntoSixteenMegabytes) {
  EXPECT_EQ(model->info().name, "default");
  EXPECT_EQ(model->info().license, "Apache-2.0");
  EXPECT_EQ(model->info().notice, "");
  EXPECT_EQ(model->info().scheduler.prediction_type, "sample");
  std::uintmax_t bytes = 0;
  for (const auto& file : std::filesystem::directory_iterator(ROLLINGDEPTH_DEFAULT_MODEL)) {
    bytes += file.file_size();
  }
  EXPECT_LE(bytes, 16'000'000U);
}

// The bar of the model card: at most 0.8 of the error of the mix of row and brightness, which knows
// that floors are near below and skies are bright.
TEST_F(DefaultModel, SeesMoreThanRowAndBrightness) {
  const Assets assets = testing::plain_assets();
  const at::Tensor rows = at::linspace(0, 1, kHeight_px).view({1, kHeight_px, 1});
  double error = 0, baseline = 0;
  for (const std::uint64_t seed : {1, 2, 3, 4, 5, 6, 7, 8}) {
    const Example scene = example(assets, seed);
    error += abs_rel({depth_of(scene.rgb)}, scene.inverse_depth);
    baseline += abs_rel({rows, scene.rgb.mean(1)}, scene.inverse_depth);
  }
  RecordProperty("abs_rel", std::to_string(error / 8));
  EXPECT_LT(error, 0.8 * baseline) << error / 8 << " against " << baseline / 8;
}

// The network ignores the noise at the first timestep, and the step to the end adds none.
TEST_F(DefaultModel, GivesTheSameSnippetsForEverySeed) {
  const Example scene = example(testing::plain_assets(), 2);
  const at::Tensor latents = encode_rgb(*model, scene.rgb);
  const SnippetPlan plan = plan_snippets({.frames = kViews, .length = kViews, .dilation = 1});
  std::vector<at::Tensor> maps;
  for (const std::int64_t seed : {1, 2}) {
    const at::Tensor noise = initial_noise(seed, latents.size(1), latents.size(2), latents.size(3));
    testing::SoloCrew solo;
    predict_snippets(
        {model}, testing::latents_in(latents), noise, plan, {},
        [&](std::int64_t, const at::Tensor& snippet) { maps.push_back(snippet.clone()); },
        solo.tasks);
  }
  ASSERT_EQ(maps.size(), 2U);
  EXPECT_TRUE(at::equal(maps[0], maps[1]));
  EXPECT_GT(maps[0].std().item<double>(), 0.1);
}

TEST_F(DefaultModel, CopiesADepthMapThroughItsLatents) {
  const Example scene = example(testing::plain_assets(), 4);
  const at::Tensor low = scene.inverse_depth.amin(), high = scene.inverse_depth.amax();
  const at::Tensor depth = (2 * (scene.inverse_depth - low) / (high - low) - 1).unsqueeze(1);
  const at::Tensor copy =
      model->decode(model->encode(depth.expand({kViews, 3, kHeight_px, kWidth_px})));
  EXPECT_LT((copy - depth).abs().mean().item<double>(), 0.06);
}

}  // namespace
}  // namespace rollingdepth
