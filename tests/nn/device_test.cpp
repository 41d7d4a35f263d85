#include "nn/device.hpp"

#include <ATen/Context.h>
#include <gmock/gmock.h>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using ::testing::HasSubstr;

TEST(ResolveDevice, TakesTheProcessor) { EXPECT_TRUE(resolve_device("cpu").is_cpu()); }

TEST(StillComputes, IsTrueOfTheProcessor) { EXPECT_TRUE(still_computes(c10::kCPU)); }

TEST(ResolveDevice, SuggestsTheNearestWord) {
  try {
    resolve_device("cudda");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("did you mean 'cuda'?"));
  }
}

TEST(ResolveDevice, RefusesAMalformedIndex) {
  for (const char* name : {"cuda:", "cuda:x", "cuda:1x", "cuda:-1"}) {
    try {
      resolve_device(name);
      FAIL() << name << " accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kUsage) << name;
    }
  }
}

TEST(ResolveDevice, NeverTakesAnAppleGpuByItself) { EXPECT_FALSE(resolve_device("auto").is_mps()); }

TEST(ListDevices, AlwaysHoldsTheProcessor) {
  const auto devices = list_devices();
  ASSERT_FALSE(devices.empty());
  EXPECT_EQ(devices.back().name, "cpu");
  EXPECT_THAT(devices.back().detail, HasSubstr(" core"));
}

TEST(ResolveDtype, TakesHalfOnGpus) {
  EXPECT_EQ(resolve_dtype("auto", c10::Device(c10::kCUDA, 0)), c10::kHalf);
  EXPECT_EQ(resolve_dtype("auto", c10::Device(c10::kMPS)), c10::kHalf);
}

TEST(ResolveDtype, NeverTakesHalfOnTheProcessorByItself) {
  EXPECT_NE(resolve_dtype("auto", c10::Device(c10::kCPU)), c10::kHalf);
  EXPECT_EQ(resolve_dtype("fp16", c10::Device(c10::kCPU)), c10::kHalf);
  EXPECT_EQ(dtype_name(resolve_dtype("bf16", c10::Device(c10::kCPU))), "bf16");
}

TEST(ResolveDtype, RefusesAnotherWord) {
  EXPECT_THROW(resolve_dtype("float", c10::Device(c10::kCPU)), Error);
}

// What LibTorch asks before each convolution and product on CUDA.
TEST(AllowTf32, HoldsForConvolutionsAndProducts) {
  const at::Context& context = at::globalContext();
  for (const bool allowed : {true, false}) {
    allow_tf32(allowed);
    EXPECT_EQ(context.allowTF32CuDNN(at::Float32Op::CONV), allowed);
    EXPECT_EQ(context.allowTF32CuBLAS(), allowed);
  }
  EXPECT_FALSE(context.allowTF32OneDNN());
}

TEST(SetThreads, TakesTheNumberAskedFor) {
  EXPECT_GE(set_threads(0), 1);
  EXPECT_EQ(set_threads(1), 1);
  EXPECT_THROW(set_threads(-1), Error);
  EXPECT_THROW(set_threads(kMaxThreads + 1), Error);
}

}  // namespace
}  // namespace rollingdepth
