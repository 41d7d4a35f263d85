#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "error_matchers.hpp"
#include "own_networks.hpp"
#include "rollingdepth/base/error.hpp"
#include "rollingdepth/infer/model.hpp"

namespace rollingdepth {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::OwnNetworks;

// Networks that hold so many frames a call and no more. Their output tells how many frames came
// along: that number, in every value.
class SmallMemory : public OwnNetworks {
 protected:
  SmallMemory() {
    replace("decoder.ts", R"(
      def forward(self, x):
        assert x.size(0) <= 3, "CUDA out of memory"
        return torch.full([x.size(0), 1, 8 * x.size(2), 8 * x.size(3)], float(x.size(0))) + x[0, 0, 0, 0]
    )");
    replace("unet.ts", R"(
      def forward(self, x, timestep: int, views: int):
        assert x.size(0) <= 7, "CUDA out of memory"
        return torch.full([x.size(0), 4, x.size(2), x.size(3)], float(x.size(0)))
    )");
    replace("encoder.ts", R"(
      def forward(self, x):
        assert x.size(0) < 1, "CUDA out of memory"
        return x
    )");
    model_ = load_model(package_, c10::Device(c10::kCPU), at::kFloat);
  }

  std::unique_ptr<DepthModel> model_;
};

// 10 do not fit, nor do 5: 2, 2, 2, 2 and 2 do. Later calls begin with 2.
TEST_F(SmallMemory, HalvesABatchUntilItFits) {
  const at::Tensor latents = at::zeros({10, 4, 1, 1});
  for (int repeat = 0; repeat < 2; ++repeat) {
    const at::Tensor depth = model_->decode(latents);
    ASSERT_EQ(depth.sizes(), c10::IntArrayRef({10, 1, 8, 8}));
    EXPECT_TRUE(depth.eq(2).all().item<bool>());
  }
  EXPECT_TRUE(model_->decode(at::zeros({3, 4, 1, 1}))[2].eq(1).all().item<bool>());
}

TEST_F(SmallMemory, TellsOnceWhatItDidNotHold) {
  EXPECT_THAT(model_->take_warnings(), IsEmpty());
  model_->decode(at::zeros({10, 4, 1, 1}));
  model_->decode(at::zeros({1, 4, 2, 1}));  // Of another size: nothing is known of that one.
  EXPECT_THAT(model_->take_warnings(),
              ElementsAre("out of memory on cpu in the decoder with 10 frames at once; "
                          "went on with 2"));
  model_->decode(at::zeros({2, 4, 2, 1}));
  EXPECT_THAT(model_->take_warnings(), IsEmpty());
}

TEST_F(SmallMemory, KeepsTheOrderOfFrames) {
  const at::Tensor latents = at::arange(4, at::kFloat).view({4, 1, 1, 1}).expand({4, 4, 1, 1});
  const at::Tensor depth = model_->decode(latents);
  // Calls of frames 0, 1 and 2, 3: what the first frame of each holds, and two frames.
  EXPECT_TRUE(
      at::equal(depth.select(3, 0).select(2, 0).flatten(), at::tensor({2.F, 2.F, 4.F, 4.F})));
}

// Four snippets of three frames: two of them fit.
TEST_F(SmallMemory, NeverSplitsASnippet) {
  const at::Tensor output = model_->denoise(at::zeros({12, 8, 2, 2}), 999, 3);
  ASSERT_EQ(output.size(0), 12);
  EXPECT_TRUE(output.eq(6).all().item<bool>());
  // Snippets of four: one at a time is all that 6 frames hold.
  EXPECT_TRUE(model_->denoise(at::zeros({8, 8, 2, 2}), 999, 4).eq(4).all().item<bool>());
  // Other pictures may fit again.
  EXPECT_TRUE(model_->denoise(at::zeros({6, 8, 4, 2}), 999, 2).eq(6).all().item<bool>());
}

TEST_F(SmallMemory, GivesUpOnOneFrame) {
  EXPECT_THAT(testing::message_of(ErrorKind::kDevice,
                                  [&] {
                                    model_->encode(at::zeros({4, 3, 8, 8}));
                                  }),
              AllOf(HasSubstr("out of memory on cpu in the encoder with 1 frames at once"),
                    HasSubstr("--res")));
}

// One frame does not fit, or the GPU is none that cuDNN has kernels for.
TEST_F(OwnNetworks, TellThatTheGpuMayBeAtFaultWhereNothingFits) {
  replace("encoder.ts", R"(
      def forward(self, x):
        assert x.size(0) < 1, "FIND was unable to find an engine to execute this computation"
        return x
    )");
  const auto model = load_model(package_, c10::Device(c10::kCPU), at::kFloat);
  EXPECT_THAT(testing::message_of(ErrorKind::kDevice,
                                  [&] {
                                    model->encode(at::zeros({4, 3, 8, 8}));
                                  }),
              HasSubstr("out of memory, or this GPU is not supported by this LibTorch: cpu in the "
                        "encoder with 1 frames at once"));
}

// The encoder says 1 where it gets float32, else 0.
TEST_F(OwnNetworks, RunInFloat32WhereThePackageAsksForIt) {
  replace("encoder.ts", R"(
      def forward(self, x):
        precise = 1.0 if x.element_size() == 4 else 0.0
        return torch.full([x.size(0), 4, x.size(2) // 8, x.size(3) // 8], precise)
    )");
  const auto encoded_in = [&](c10::ScalarType dtype) {
    const auto model = load_model(package_, c10::Device(c10::kCPU), dtype);
    const at::Tensor latent = model->encode(at::zeros({1, 3, 8, 8}));
    EXPECT_EQ(latent.scalar_type(), dtype);
    return latent.max().item<float>();
  };
  EXPECT_EQ(encoded_in(at::kBFloat16), 0);
  nlohmann::json changed = document();
  changed["float32_networks"] = {"encoder"};
  replace_document(changed);
  EXPECT_EQ(encoded_in(at::kBFloat16), 1);
  EXPECT_EQ(encoded_in(at::kHalf), 0);
  changed["float32_in"] = {{"encoder", {"fp16"}}};
  replace_document(changed);
  EXPECT_EQ(encoded_in(at::kBFloat16), 1);
  EXPECT_EQ(encoded_in(at::kHalf), 1);
}

}  // namespace
}  // namespace rollingdepth
