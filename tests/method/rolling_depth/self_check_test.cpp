#include "method/rolling_depth/self_check.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "error_matchers.hpp"
#include "fake_model.hpp"
#include "reference_model.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(RelativeDifference, IsOneOfTheLargestValue) {
  const at::Tensor expected = at::tensor({-4.0F, 1.0F});
  EXPECT_EQ(relative_difference(expected, expected), 0);
  EXPECT_DOUBLE_EQ(relative_difference(expected, at::tensor({-4.0F, 2.0F})), 0.25);
  EXPECT_EQ(relative_difference(at::zeros({2}), at::zeros({2}, at::kHalf)), 0);
  EXPECT_TRUE(std::isinf(relative_difference(at::zeros({2}), expected)));
  EXPECT_TRUE(std::isinf(relative_difference(expected, at::zeros({3}))));
  EXPECT_TRUE(std::isinf(
      relative_difference(expected, at::tensor({-4.0F, std::numeric_limits<float>::quiet_NaN()}))));
}

// A device that adds to what a network gives, and says that it has another dtype.
class OtherDevice : public testing::FakeModel {
 public:
  [[nodiscard]] c10::ScalarType dtype() const override { return said_dtype; }
  at::Tensor encode(const at::Tensor& rgb) override {
    return FakeModel::encode(rgb.to(at::kFloat)) + encoder_error;
  }
  at::Tensor denoise(const at::Tensor& sample, std::int64_t timestep, std::int64_t views) override {
    return FakeModel::denoise(sample, timestep, views).to(at::kFloat) + unet_error;
  }
  at::Tensor decode(const at::Tensor& latent) override {
    const at::Tensor depth = FakeModel::decode(latent.to(at::kFloat));
    return turned ? depth.transpose(2, 3).reshape(depth.sizes()) : depth;
  }

  c10::ScalarType said_dtype = at::kHalf;
  double encoder_error = 0;
  double unet_error = 0;
  bool turned = false;
};

class SelfCheck : public ::testing::Test {
 protected:
  [[nodiscard]] std::string refusal() {
    return testing::message_of(ErrorKind::kDevice, [&] { check_against(device_, reference_); });
  }
  OtherDevice device_;
  testing::FakeModel reference_;
};

TEST_F(SelfCheck, PassesWhatRoundsDifferently) {
  EXPECT_NO_THROW(check_against(device_, reference_));
}

TEST_F(SelfCheck, NamesTheNetworkAndTheDifference) {
  device_.unet_error = 1;
  EXPECT_THAT(refusal(), AllOf(HasSubstr("the UNet gives something else on cpu in fp16 than on the "
                                         "CPU: 0."),
                               HasSubstr("rounding explains 0.01; use --device cpu")));
  device_.encoder_error = std::numeric_limits<double>::infinity();
  EXPECT_THAT(refusal(), HasSubstr("the encoder gives something else on cpu in fp16 than on the "
                                   "CPU: inf of the largest value away"));
}

TEST_F(SelfCheck, SeesAxesThatChangePlaces) {
  device_.turned = true;
  EXPECT_THAT(refusal(), HasSubstr("the decoder gives something else"));
}

// The largest value of the UNet's output is about 3.
TEST_F(SelfCheck, IsStricterWhereLessIsRounded) {
  device_.unet_error = 0.015;
  EXPECT_NO_THROW(check_against(device_, reference_));
  device_.said_dtype = at::kFloat;
  EXPECT_THAT(refusal(), HasSubstr("rounding explains 0.001"));
  device_.unet_error = 0.1;
  device_.said_dtype = at::kBFloat16;
  EXPECT_NO_THROW(check_against(device_, reference_));
}

// The networks of a package in the dtype of GPUs, whose arithmetic the processor has too.
TEST_F(SelfCheck, PassesAPackageInFloat16) {
  const auto half = load_model(testing::reference_package("b"), c10::kCPU, at::kHalf);
  const auto full = load_model(testing::reference_package("b"), c10::kCPU, at::kFloat);
  EXPECT_NO_THROW(check_against(*half, *full));
}

}  // namespace
}  // namespace rollingdepth
