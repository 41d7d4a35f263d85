#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "error_matchers.hpp"
#include "method/rolling_depth/model.hpp"
#include "own_networks.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::OwnNetworks;
using ::testing::StartsWith;

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

// Networks that fail, each for a reason of its own, and whose input says how large pictures are.
class FailingNetworks : public OwnNetworks {
 protected:
  // What a call of the network throws.
  static std::string of_encoder(DepthModel& model) {
    return testing::message_of(ErrorKind::kDevice, [&] {
      model.encode(at::zeros({2, 3, 56, 96}));
    });
  }
  static std::string of_unet(DepthModel& model) {
    return testing::message_of(ErrorKind::kDevice, [&] {
      model.denoise(at::zeros({6, 8, 7, 12}), 999, 3);
    });
  }
  static std::string of_decoder(DepthModel& model, ErrorKind kind = ErrorKind::kDevice) {
    return testing::message_of(kind, [&] { model.decode(at::zeros({4, 4, 7, 12})); });
  }
  std::unique_ptr<DepthModel> load() const {
    return load_model(package_, c10::Device(c10::kCPU), at::kFloat);
  }
  void replace_decoder(const std::string& body) const {
    replace("decoder.ts", "\n      def forward(self, x):\n        " + body + "\n");
  }
};

TEST_F(FailingNetworks, TellWhichAndWhereAndWhy) {
  replace_decoder("assert x.size(0) < 0, 'the moon is full'\n        return x");
  replace("encoder.ts", R"(
      def forward(self, x):
        return x[7]
    )");
  replace("unet.ts", R"(
      def forward(self, x, timestep: int, views: int):
        assert views == 1, "no views\nbut one"
        return x
    )");
  const auto model = load();
  EXPECT_EQ(of_decoder(*model),
            "the decoder failed on cpu with 4 frames of 96x56: RuntimeError: AssertionError: the "
            "moon is full");
  EXPECT_THAT(of_encoder(*model), StartsWith("the encoder failed on cpu with 2 frames of 96x56: "
                                             "RuntimeError: select(): index 7 out of range"));
  EXPECT_EQ(
      of_unet(*model),
      "the UNet failed on cpu with 6 frames of 96x56: RuntimeError: AssertionError: no views");
  EXPECT_THAT(testing::message_of(ErrorKind::kDevice,
                                  [&] {
                                    model->decode(at::zeros({1, 4, 7, 12}));
                                  }),
              HasSubstr("with 1 frame of 96x56: "));
}

// What oneDNN says of it, "could not create a primitive", tells nobody anything.
TEST_F(FailingNetworks, TellWhichShapeALayerDoesNotTake) {
  const auto model = load();
  EXPECT_THAT(testing::message_of(ErrorKind::kDevice,
                                  [&] {
                                    model->decode(at::zeros({4, 5, 7, 12}));
                                  }),
              AllOf(StartsWith("the decoder failed on cpu with 4 frames of 96x56: RuntimeError: "),
                    HasSubstr("4 channels"), HasSubstr("[4, 5, 7, 12]")));
  EXPECT_THAT(testing::message_of(ErrorKind::kDevice,
                                  [&] {
                                    model->denoise(at::zeros({6, 7, 7, 12}), 999, 3);
                                  }),
              AllOf(StartsWith("the UNet failed on cpu with 6 frames of 96x56: RuntimeError: "),
                    HasSubstr("8 channels"), HasSubstr("[6, 7, 7, 12]")));
}

TEST_F(FailingNetworks, AreRefusedForWhatTheyReturn) {
  const std::string where = "the decoder failed on cpu with 4 frames of 96x56: it returned ";
  const auto returns = [&](const std::string& value) {
    replace_decoder("return " + value);
    return of_decoder(*load(), ErrorKind::kModel);
  };
  EXPECT_EQ(returns("x"),
            where + "a tensor of shape [4, 4, 7, 12] where [4, 1, 56, 96] was expected");
  EXPECT_EQ(returns("x.sum()"), where + "a tensor of shape [] where [4, 1, 56, 96] was expected");
  EXPECT_EQ(returns("torch.zeros([4, 1, 56, 96], dtype=4)"),
            where + "a Long tensor of layout Strided where floating-point, Strided was expected");
  EXPECT_EQ(returns("torch.zeros([4, 1, 56, 96]).to_sparse()"),
            where + "a Float tensor of layout Sparse where floating-point, Strided was expected");
}

// Nothing of that is an out-of-memory error that smaller calls would mend.
TEST_F(FailingNetworks, AreCalledOnce) {
  replace_decoder("assert x.size(0) < 0, 'frames: ' + str(x.size(0))\n        return x");
  const auto model = load();
  EXPECT_THAT(of_decoder(*model), ::testing::EndsWith("RuntimeError: AssertionError: frames: 4"));
  EXPECT_THAT(model->take_warnings(), IsEmpty());
}

TEST_F(FailingNetworks, ThatDoNotPrepareAreNotLoaded) {
  replace("decoder.ts", R"(
      def forward(self, x):
        return x
      def prepare(self):
        assert False, "the moon is new"
    )");
  EXPECT_THAT(testing::message_of(ErrorKind::kModel, [&] { load(); }),
              AllOf(StartsWith("cannot load '"),
                    ::testing::EndsWith("decoder.ts': its method 'prepare' failed on cpu: "
                                        "RuntimeError: AssertionError: the moon is new")));
}

TEST_F(FailingNetworks, ThatFindNoMemoryToPrepareSaySo) {
  replace("decoder.ts", R"(
      def forward(self, x):
        return x
      def prepare(self):
        assert False, "DefaultCPUAllocator: can't allocate memory"
    )");
  EXPECT_THAT(testing::message_of(ErrorKind::kDevice, [&] { load(); }),
              AllOf(StartsWith("cannot load '"), ::testing::EndsWith("out of memory on cpu")));
}

TEST_F(FailingNetworks, ThatAreNoTorchScriptAreNotLoaded) {
  const std::filesystem::path file = package_ / "decoder.ts";
  std::ofstream(file) << "no zip";
  nlohmann::json changed = document();
  changed["files"]["decoder.ts"] = {{"bytes", 6}, {"sha256", testing::sha256_of(file)}};
  replace_document(changed);
  const std::string said = testing::message_of(ErrorKind::kModel, [&] { load(); });
  EXPECT_THAT(said, AllOf(StartsWith("cannot load '"), HasSubstr("decoder.ts': "),
                          HasSubstr("zip archive"), Not(HasSubstr("\n"))));
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
