#include <ATen/Parallel.h>
#include <gmock/gmock.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "nn/cpu/operations.hpp"
#include "noise.hpp"

namespace rollingdepth::cpu {
namespace {

using testing::noise;

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item<double>();
}

/// Restores the number of threads.
class Threads {
 public:
  explicit Threads(int threads) : before_(at::get_num_threads()) { at::set_num_threads(threads); }
  ~Threads() { at::set_num_threads(before_); }
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

 private:
  int before_;
};

TEST(FastOperations, AreForThePrecisionsOfNetworksOnly) {
  EXPECT_FALSE(has_fast_operations(at::kDouble));
  EXPECT_FALSE(has_fast_operations(at::kHalf));
}

// The build runs these tests three times: as it is, and with AVX-512 or its bfloat16 forbidden by
// LibTorch's and oneDNN's own variables.
TEST(FastOperations, HeedWhatLibTorchAndOneDnnMayUse) {
  const char* const variable = std::getenv("ONEDNN_MAX_CPU_ISA");
  const std::string limit = variable != nullptr ? variable : "";
#if defined(__x86_64__)
  const bool has_float32 = __builtin_cpu_supports("avx512bw") != 0;
  const bool has_bfloat16 = __builtin_cpu_supports("avx512bf16") != 0;
#else
  const bool has_float32 = false;
  const bool has_bfloat16 = false;
#endif
  EXPECT_EQ(has_fast_operations(at::kFloat), has_float32 && limit != "AVX2");
  EXPECT_EQ(has_fast_operations(at::kBFloat16), has_bfloat16 && limit.empty());
}

TEST(KernelNames, TellWhatComputesAndWhatIsHeldBack) {
  const char* const limit = std::getenv("ONEDNN_MAX_CPU_ISA");
  for (const auto dtype : {at::kFloat, at::kBFloat16}) {
    const std::string names = kernel_names(dtype);
    EXPECT_EQ(names.starts_with("avx512_bf16"),
              dtype == at::kBFloat16 && has_fast_operations(dtype))
        << names;
    EXPECT_EQ(names.ends_with(" within ONEDNN_MAX_CPU_ISA=" + std::string(limit ? limit : "")),
              limit != nullptr)
        << names;
  }
}

TEST(Share, CallsEachIndexOnce) {
  const Threads threads(2);
  std::vector<std::atomic<int>> calls(1000);
  share(1000, [&](std::int64_t i) { ++calls[static_cast<std::size_t>(i)]; });
  for (const std::atomic<int>& count : calls) ASSERT_EQ(count, 1);
  share(0, [](std::int64_t) { FAIL(); });
}

// Two that wait for each other can only end in two threads.
TEST(Share, UsesLibTorchsThreads) {
  const Threads threads(2);
  std::atomic<int> arrived = 0;
  share(2, [&](std::int64_t) {
    ++arrived;
    while (arrived < 2) std::this_thread::yield();
  });
  EXPECT_EQ(arrived, 2);
}

TEST(Share, HandsOnWhatABodyThrows) {
  const Threads threads(2);
  EXPECT_THROW(share(8, [](std::int64_t i) { TORCH_CHECK(i != 5, "five"); }), c10::Error);
}

struct AttentionCase {
  std::int64_t images, heads, queries, keys, width;
};

at::Tensor exact_attention(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v) {
  const at::Tensor scores = at::matmul(q.to(at::kDouble), k.to(at::kDouble).transpose(2, 3)) /
                            std::sqrt(static_cast<double>(q.size(3)));
  return at::matmul(at::softmax(scores, -1), v.to(at::kDouble));
}

class AttentionSizes : public ::testing::TestWithParam<AttentionCase> {};

// Blocks hold 128 queries, and 512 keys of 64 numbers: sizes on, below and above their borders, odd
// numbers of keys, and few keys, which go to LibTorch.
INSTANTIATE_TEST_SUITE_P(
    Sizes, AttentionSizes,
    ::testing::Values(AttentionCase{1, 1, 128, 512, 64}, AttentionCase{2, 3, 129, 513, 64},
                      AttentionCase{1, 2, 5, 1029, 64}, AttentionCase{1, 1, 300, 33, 16},
                      AttentionCase{1, 1, 70, 301, 512}, AttentionCase{1, 2, 40, 95, 26},
                      AttentionCase{1, 1, 9, 40, 7}, AttentionCase{1, 2, 100, 2, 64}));

// float32: rounding of sums of up to 1029 terms. bfloat16: weights and output have 8 bits, so that
// a mean of values of about 1 errs by some thousandths.
TEST_P(AttentionSizes, IsASoftmaxOfScoresTimesValues) {
  const auto& [images, heads, queries, keys, width] = GetParam();
  for (const auto& [dtype, tolerance] : {std::pair{at::kFloat, 3e-6}, {at::kBFloat16, 1.5e-2}}) {
    const at::Tensor q = noise({images, heads, queries, width}, dtype, 1);
    const at::Tensor k = noise({images, heads, keys, width}, dtype, 2);
    const at::Tensor v = noise({images, heads, keys, width}, dtype, 3);
    const at::Tensor y = attention(q, k, v);
    ASSERT_EQ(y.sizes(), q.sizes());
    EXPECT_EQ(y.scalar_type(), dtype);
    EXPECT_LT(largest_difference(y, exact_attention(q, k, v)), tolerance) << c10::toString(dtype);
  }
}

// As a linear layer leaves them: heads side by side in memory.
TEST(Attention, ReadsHeadsWhereTheyLie) {
  const at::Tensor joined = noise({2, 200, 3 * 4 * 32}, at::kFloat);
  const std::vector<at::Tensor> parts = joined.chunk(3, -1);
  const auto split = [](const at::Tensor& x) { return x.unflatten(2, {4, 32}).transpose(1, 2); };
  const at::Tensor y = attention(split(parts[0]), split(parts[1]), split(parts[2]));
  EXPECT_LT(
      largest_difference(y, exact_attention(split(parts[0]), split(parts[1]), split(parts[2]))),
      3e-6);
  EXPECT_EQ(y.transpose(1, 2).flatten(2).sizes(), c10::IntArrayRef({2, 200, 128}));
}

// Scores of thousands: exp() of the largest would overflow, of the differences it does not. The
// largest comes in the last block, so that all that was summed before is scaled away.
TEST(Attention, BearsScoresOfAnySize) {
  at::Tensor k = noise({1, 1, 1500, 64}, at::kFloat, 2) * 100;
  k[0][0][1499] = 300;
  const at::Tensor q = at::full({1, 1, 3, 64}, 50.0);
  const at::Tensor v = noise({1, 1, 1500, 64}, at::kFloat, 3);
  const at::Tensor y = attention(q, k, v);
  EXPECT_LT(largest_difference(y, v.narrow(2, 1499, 1).expand_as(y)), 1e-6);
}

TEST(Attention, PassesOnWhatIsNoNumber) {
  at::Tensor q = noise({1, 1, 4, 64}, at::kFloat, 1);
  q[0][0][2][5] = std::numeric_limits<float>::quiet_NaN();
  const at::Tensor k = noise({1, 1, 600, 64}, at::kFloat, 2);
  const at::Tensor y = attention(q, k, k);
  EXPECT_TRUE(y[0][0][2].isnan().all().item<bool>());
  EXPECT_FALSE(y[0][0][1].isnan().any().item<bool>());
}

at::Tensor exact_group_norm(const at::Tensor& x, std::int64_t groups, const at::Tensor& weight,
                            const at::Tensor& bias, bool silu) {
  const at::Tensor y = at::group_norm(x.to(at::kDouble).contiguous(), groups,
                                      weight.to(at::kDouble), bias.to(at::kDouble), 1e-5);
  return silu ? y * at::sigmoid(y) : y;
}

// Channels on both sides of the 16 and 32 that are taken at a time; pixels of the 128.
TEST(GroupNorm, NormalisesEachGroup) {
  for (const auto& [channels, groups, height, width] :
       {std::tuple{64, 32, 16, 8}, {24, 3, 13, 11}, {48, 4, 1, 1}, {36, 2, 20, 17}}) {
    // bfloat16: half a step of the output, and a step of weight or bias lies within that.
    for (const auto& [dtype, tolerance] : {std::pair{at::kFloat, 2e-6}, {at::kBFloat16, 4e-3}}) {
      for (const bool silu : {false, true}) {
        const at::Tensor x = (noise({2, channels, height, width}, at::kFloat) * 3 + 5).to(dtype);
        const at::Tensor weight = noise({channels}, dtype, 2);
        const at::Tensor bias = noise({channels}, dtype, 3);
        const at::Tensor y = normalize_groups(x, groups, weight, bias, 1e-5, silu);
        const at::Tensor expected = exact_group_norm(x, groups, weight, bias, silu);
        EXPECT_TRUE(at::allclose(y.to(at::kDouble), expected, tolerance, 3 * tolerance))
            << channels << " channels, " << c10::toString(dtype);
      }
    }
  }
}

TEST(GroupNorm, WorksWithoutWeights) {
  const at::Tensor x = noise({1, 32, 9, 9}, at::kFloat);
  EXPECT_LT(largest_difference(normalize_groups(x, 4, std::nullopt, std::nullopt, 1e-5, false),
                               exact_group_norm(x, 4, at::ones({32}), at::zeros({32}), false)),
            3e-6);
}

// x * sigmoid(x) far out: 0 on the left, x on the right, and nothing that is no number.
TEST(GroupNorm, BearsLargeValuesInTheSigmoid) {
  const at::Tensor x = noise({1, 16, 8, 8}, at::kFloat);
  const at::Tensor y =
      normalize_groups(x, 1, at::full({16}, 1e4), at::zeros({16}), 1e-5, /*silu=*/true);
  const at::Tensor expected =
      exact_group_norm(x, 1, at::full({16}, 1e4), at::zeros({16}), /*silu=*/true);
  EXPECT_LT(largest_difference(y, expected), 2e-2);  // Of values of 40,000.
}

TEST(GatedGelu, MultipliesByTheGate) {
  for (const std::int64_t width : {1, 15, 64, 100}) {
    // bfloat16: two roundings where LibTorch does it.
    for (const auto& [dtype, tolerance] : {std::pair{at::kFloat, 2e-6}, {at::kBFloat16, 8e-3}}) {
      const at::Tensor x = (noise({3, 7, 2 * width}, at::kFloat) * 3).to(dtype);
      const std::vector<at::Tensor> halves = x.to(at::kDouble).chunk(2, -1);
      EXPECT_TRUE(at::allclose(gated_gelu(x).to(at::kDouble), halves[0] * at::gelu(halves[1]),
                               tolerance, tolerance));
    }
  }
}

TEST(GatedGelu, IsZeroFarLeftAndTheProductFarRight) {
  const at::Tensor y = gated_gelu(at::tensor({2.0F, 2.0F, -200.0F, 200.0F}).unsqueeze(0));
  EXPECT_EQ(y[0][0].item<float>(), 0);
  EXPECT_EQ(y[0][1].item<float>(), 400);
}

TEST(FastOperations, GiveTheSameBitsForAnyNumberOfThreads) {
  const at::Tensor q = noise({2, 3, 400, 64}, at::kBFloat16);
  const at::Tensor x = noise({2, 64, 40, 30}, at::kBFloat16);
  const at::Tensor weight = noise({64}, at::kBFloat16);
  const auto run = [&](int count) {
    const Threads threads(count);
    return std::vector<at::Tensor>{
        attention(q, q, q), normalize_groups(x, 32, weight, weight, 1e-5, true), gated_gelu(q)};
  };
  const std::vector<at::Tensor> one = run(1);
  const std::vector<at::Tensor> two = run(2);
  for (std::size_t i = 0; i < one.size(); ++i) EXPECT_TRUE(at::equal(one[i], two[i])) << i;
}

}  // namespace
}  // namespace rollingdepth::cpu
