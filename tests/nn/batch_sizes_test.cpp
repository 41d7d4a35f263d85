#include "nn/batch_sizes.hpp"

#include <gtest/gtest.h>

namespace rollingdepth {
namespace {

constexpr std::size_t kHalfBytes = 2;

BatchSizes on_cpu(FrameSize size, std::int64_t length = 3) {
  return choose_batch_sizes(size, length, kHalfBytes, std::nullopt);
}

// 240,000 pixels a call: 384 x 216 are 82,944.
TEST(ChooseBatchSizes, FillsACallOnTheProcessor) {
  EXPECT_EQ(on_cpu({384, 216}), (BatchSizes{.vae_frames = 2, .snippets = 2}));
  EXPECT_EQ(on_cpu({320, 184}), (BatchSizes{.vae_frames = 4, .snippets = 4}));
  EXPECT_EQ(on_cpu({384, 216}, 1), (BatchSizes{.vae_frames = 2, .snippets = 4}));
}

TEST(ChooseBatchSizes, TakesOneLargeFrameAndFewSmallOnes) {
  EXPECT_EQ(on_cpu({1920, 1080}), (BatchSizes{.vae_frames = 1, .snippets = 1}));
  EXPECT_EQ(on_cpu({8, 8}), (BatchSizes{.vae_frames = 8, .snippets = 4}));
}

// A frame of 768 x 432 takes 768 * 432 * 1024 values of two bytes, 0.68 GB.
TEST(ChooseBatchSizes, FillsHalfTheFreeMemoryOfAGpu) {
  const auto on_gpu = [](std::uint64_t bytes) {
    return choose_batch_sizes({768, 432}, 3, kHalfBytes, bytes);
  };
  EXPECT_EQ(on_gpu(10'000'000'000), (BatchSizes{.vae_frames = 7, .snippets = 2}));
  EXPECT_EQ(on_gpu(1'000'000), (BatchSizes{.vae_frames = 1, .snippets = 1}));
  EXPECT_EQ(on_gpu(140'000'000'000), (BatchSizes{.vae_frames = 16, .snippets = 16}));
}

TEST(FreeGpuMemoryBytes, KnowsNothingOfTheProcessor) {
  EXPECT_FALSE(free_gpu_memory_bytes(c10::Device(c10::kCPU)).has_value());
}

TEST(ResolveBatchSizes, ChoosesWhatIsNotAskedFor) {
  const auto resolved = [](BatchSizes wanted) {
    return resolve_batch_sizes(wanted, c10::Device(c10::kCPU), c10::kFloat, {384, 216}, 3);
  };
  EXPECT_EQ(resolved({.vae_frames = 5, .snippets = 0}),
            (BatchSizes{.vae_frames = 5, .snippets = 2}));
  EXPECT_EQ(resolved({.vae_frames = 0, .snippets = 7}),
            (BatchSizes{.vae_frames = 2, .snippets = 7}));
}

}  // namespace
}  // namespace rollingdepth
