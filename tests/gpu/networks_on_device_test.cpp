// The reference networks on the device, fed recorded inputs, against the recorded outputs of the
// original in float32 on a CPU.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <numeric>
#include <string>

#include "clip_run/tensor_clip.hpp"
#include "device_under_test.hpp"
#include "latents_in.hpp"
#include "method/rolling_depth/frame_encoder.hpp"
#include "method/rolling_depth/snippet_predictor.hpp"
#include "method/rolling_depth/vae.hpp"
#include "parity.hpp"
#include "reference_model.hpp"
#include "rollingdepth/method.hpp"
#include "solo_crew.hpp"
#include "store/spool.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using testing::case_array;
using ::testing::Contains;
using testing::device_under_test;
using testing::expect_parity;
using ::testing::Field;
using ::testing::HasSubstr;
using testing::largest_difference;
using testing::mean_difference;

/// What a dtype may cost. Latents: the largest difference, as a share of the largest latent.
/// Snippets, which reach from -1 to 1: the mean difference.
struct Precision {
  const char* dtype;
  double latents;
  double snippets;
};

// float32 has 24 bits, float16 11, bfloat16 8. A GPU that rounds the factors of its float32
// products to 11 bits (TF32) breaks the first row, as it should: whoever asks for fp32 wants more.
constexpr Precision kPrecisions[] = {
    {"fp32", 1e-4, 2e-5}, {"fp16", 1e-2, 2e-3}, {"bf16", 8e-2, 2e-2}};

class NetworksOnDevice : public ::testing::TestWithParam<std::tuple<const char*, Precision>> {
 protected:
  [[nodiscard]] std::string where() const {
    return name_ + " in " + precision_.dtype + " on " + device_.str();
  }

  const std::string name_ = std::get<0>(GetParam());
  const Precision precision_ = std::get<1>(GetParam());
  const nlohmann::json settings_ = testing::case_settings(name_);
  const c10::Device device_ = device_under_test();
  const std::unique_ptr<DepthModel> model_ =
      load_model(testing::reference_package(settings_["checkpoint"].get<std::string>()), device_,
                 resolve_dtype(precision_.dtype, device_));
};

// The frames go there as a clip's do: as bytes, through the encoder of clips.
TEST_P(NetworksOnDevice, EncodeAClipToTheRecordedLatents) {
  const at::Tensor expected = case_array(name_, "rgb_latent");
  testing::TensorSource source(case_array(name_, "frames"));
  const testing::TemporaryFolder folder;
  Spool spool({.folder = folder.path(), .job = {}});
  const FrameSize size{source.info().width_px, source.info().height_px};
  ClipFrames clip(source, {.res_px = 0}, spool);
  Crew crew(testing::members(1));
  FrameEncoder encoder(crew, {model_.get()},
                       {.size = processing_size(size, 0, model_->info().downscale)}, spool);
  SilentProgress progress;
  std::vector<std::int64_t> frames(static_cast<std::size_t>(expected.size(0)));
  std::iota(frames.begin(), frames.end(), 0);
  encoder.encode_until(expected.size(0), clip, progress);
  ASSERT_EQ(clip.count(), expected.size(0));
  const double largest = expected.abs().max().item<double>();
  expect_parity("latents on the device (relative)", where(),
                largest_difference(encoder.latents(frames), expected) / largest,
                precision_.latents);
}

TEST_P(NetworksOnDevice, PredictTheRecordedSnippets) {
  const at::Tensor latents = case_array(name_, "rgb_latent").to(model_->dtype());
  const at::Tensor noise = case_array(name_, "init_noise").unsqueeze(0);
  const at::Tensor expected = case_array(name_, "snippets_0");  // [S, L, P]
  const at::Tensor pixels = testing::recorded_pixels(name_);
  const SnippetPlan plan =
      plan_snippets({.frames = latents.size(0), .length = expected.size(1), .dilation = 1});
  ASSERT_EQ(plan.size(), expected.size(0));
  at::Tensor snippets = at::full_like(expected, 1e9);
  testing::SoloCrew solo;
  // Batches that do not divide the numbers of snippets and frames evenly.
  predict_snippets(
      {model_.get()}, testing::latents_in(latents), noise, plan,
      {.max_snippets = 5, .max_vae_frames = 4, .wanted = {}},
      [&](std::int64_t k, const at::Tensor& maps) {
        snippets[k].copy_(testing::at_pixels(maps, pixels));
      },
      solo.tasks);
  expect_parity("snippets on the device (mean)", where(), mean_difference(snippets, expected),
                precision_.snippets);
}

INSTANTIATE_TEST_SUITE_P(Cases, NetworksOnDevice,
                         ::testing::Combine(::testing::Values("fast", "full"),
                                            ::testing::ValuesIn(kPrecisions)),
                         [](const auto& tested) {
                           return std::string(std::get<0>(tested.param)) + "_" +
                                  std::get<1>(tested.param).dtype;
                         });

// Antialiased resampling is another kernel there.
TEST(FramesOnDevice, AreResampledAsOnTheProcessor) {
  const at::Tensor frames = case_array("fast", "frames");
  for (const FrameSize size : {FrameSize{40, 24}, FrameSize{152, 112}}) {
    for (const ResampleMethod method :
         {ResampleMethod::kBilinear, ResampleMethod::kBicubic, ResampleMethod::kNearestExact}) {
      const at::Tensor there = prepare_frames(frames.to(device_under_test()), size, method);
      EXPECT_LE(largest_difference(there.cpu(), prepare_frames(frames, size, method)), 1e-5)
          << to_string(method) << " to " << size.width_px;
    }
  }
}

TEST(DeviceUnderTest, IsListed) {
  const c10::Device device = device_under_test();
  const std::string name = device.is_cuda() ? "cuda:" + std::to_string(device.index()) : "cpu";
  EXPECT_THAT(list_devices(),
              Contains(::testing::AllOf(Field(&DeviceDescription::name, name),
                                        Field(&DeviceDescription::detail,
                                              HasSubstr(device.is_cuda() ? " GB" : "cores")))));
  for (const auto& [listed, detail] : list_devices()) {
    std::printf("device %s: %s\n", listed.c_str(), detail.c_str());
  }
}

}  // namespace
}  // namespace rollingdepth
