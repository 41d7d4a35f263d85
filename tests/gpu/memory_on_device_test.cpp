// The default model on a device whose memory is nearly all taken.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "data_file.hpp"
#include "device_under_test.hpp"
#include "error_matchers.hpp"
#include "method/rolling_depth/model.hpp"
#include "rollingdepth/error.hpp"
#include "scarce_memory.hpp"

namespace rollingdepth {
namespace {

using ::testing::AllOf;
using testing::device_under_test;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::ScarceMemory;

constexpr std::uint64_t kMebibyte = 1 << 20;

class MemoryOnDevice : public ::testing::Test {
 protected:
  [[nodiscard]] at::Tensor frames(std::int64_t count, std::int64_t height_px,
                                  std::int64_t width_px) const {
    at::Generator generator = at::detail::createCPUGenerator(1);
    return at::rand({1, 3, height_px, width_px}, generator, at::TensorOptions(at::kFloat))
        .mul(2)
        .sub(1)
        .to(device_, model_->dtype())
        .repeat({count, 1, 1, 1});
  }

  const c10::Device device_ = device_under_test();
  const std::unique_ptr<DepthModel> model_ =
      load_model(testing::checkout_file("models/default"), device_, testing::dtype_under_test());
};

// The encoder takes 6 MB a frame of this size in half precision, 12 MB in float32: what is left
// does not hold all at once, but some of them, and what goes in and comes out (0.5 MB a frame).
TEST_F(MemoryOnDevice, HalvesABatchThatDoesNotFit) {
  const at::Tensor all = frames(device_.is_cuda() ? 256 : 32, 192, 320);
  const at::Tensor expected = model_->encode(all.narrow(0, 0, 1)).to(at::kFloat);
  ASSERT_THAT(model_->take_warnings(), IsEmpty());
  at::Tensor latents;
  {
    const ScarceMemory scarce(device_, (device_.is_cuda() ? 512 : 256) * kMebibyte);
    latents = model_->encode(all);
  }
  EXPECT_THAT(model_->take_warnings(),
              ElementsAre(AllOf(HasSubstr("out of memory"), HasSubstr("went on with"))));
  ASSERT_EQ(latents.size(0), all.size(0));
  // All frames are the same, so that all latents are, whichever kernels the smaller calls took.
  const double largest = expected.abs().max().item<double>();
  const at::Tensor difference = (latents.to(at::kFloat) - expected).abs().amax({1, 2, 3});
  EXPECT_LE(difference.max().item<double>() / largest, 2e-2);
}

TEST_F(MemoryOnDevice, SaysInOneLineThatAFrameDoesNotFitAndGoesOnWithSmallerOnes) {
  const at::Tensor large = frames(1, 2048, 2048);
  std::string message;
  {
    const ScarceMemory scarce(device_, 128 * kMebibyte);
    message = testing::message_of(ErrorKind::kDevice, [&] { model_->encode(large); });
  }
  EXPECT_THAT(message, AllOf(HasSubstr("out of memory"), HasSubstr("--res"), Not(HasSubstr("\n"))));
  const at::Tensor small = model_->encode(frames(1, 64, 64));
  EXPECT_TRUE(small.isfinite().all().item<bool>());
}

}  // namespace
}  // namespace rollingdepth
