#include "nn/cuda_devices.hpp"

#include <gmock/gmock.h>

#include "error_matchers.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// The processor stands in for a GPU: the question is the same.
TEST(ConvolutionProblem, IsNoneWhereAConvolutionIsRight) {
  EXPECT_EQ(convolution_problem(c10::Device(c10::kCPU)), "");
}

TEST(ConvolutionProblem, SaysInOneLineWhatLibTorchSays) {
  const std::string problem = convolution_problem(c10::Device(c10::kMeta));
  EXPECT_THAT(problem, StartsWith("a small convolution on it failed: "));
  EXPECT_EQ(problem.find('\n'), std::string::npos);
}

TEST(RequireGpu, SaysWhyNotAndWhatWasAsked) {
  EXPECT_THAT(testing::message_of(ErrorKind::kDevice, [] { require_gpu(1000, "cuda:1000"); }),
              HasSubstr("device 'cuda:1000' is not available: "));
}

TEST(ChooseGpu, TakesOneOrSaysNothingOrWhy) {
  const GpuChoice& choice = choose_gpu();
  if (choice.device) {
    EXPECT_EQ(choice.why_not, "");
    EXPECT_EQ(convolution_problem(*choice.device), "");
    EXPECT_THAT(gpu_architecture(*choice.device), StartsWith("sm_"));
    EXPECT_THAT(gpu_name(*choice.device), EndsWith(gpu_architecture(*choice.device) + ")"));
  } else {
    EXPECT_EQ(list_gpus().empty(), choice.why_not.empty());
  }
}

TEST(GpuArchitecture, IsNoneOfTheProcessor) {
  EXPECT_EQ(gpu_architecture(c10::Device(c10::kCPU)), "");
  EXPECT_EQ(gpu_name(c10::Device(c10::kCPU)), "");
}

}  // namespace
}  // namespace rollingdepth
