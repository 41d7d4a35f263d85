#include <gmock/gmock.h>
#include <torch/script.h>

#include <string>

#include "nn/cpu/fuse.hpp"
#include "nn/cpu/operations.hpp"
#include "noise.hpp"
#include "reference_model.hpp"

namespace rollingdepth::cpu {
namespace {

using testing::noise;

/// A network with weights of a convolution [16, 16, 3, 3] and a linear layer [16, 16].
torch::jit::Module network(const std::string& forward) {
  torch::jit::Module module("network");
  module.register_parameter("kernel", noise({16, 16, 3, 3}, at::kFloat, 2) * 0.1, false);
  module.register_parameter("matrix", noise({16, 16}, at::kFloat, 3) * 0.2, false);
  module.register_parameter("bias", noise({16}, at::kFloat, 4), false);
  module.define(forward);
  module.eval();
  return module;
}

std::size_t count(torch::jit::Module& module, const std::string& kind) {
  const std::string graph = module.get_method("forward").graph()->toString(false);
  std::size_t found = 0;
  for (auto at = graph.find(kind + "("); at != std::string::npos;
       at = graph.find(kind + "(", at + 1))
    ++found;
  return found;
}

/// What `forward` gives before and after.
void expect_same_meaning(const std::string& forward, const at::Tensor& x,
                         const std::vector<std::string>& operators) {
  torch::jit::Module plain = network(forward);
  torch::jit::Module fused = network(forward);
  const bool done = fuse(fused, at::kFloat);
  ASSERT_EQ(done, has_fast_operations(at::kFloat));
  const at::Tensor expected = plain.forward({x}).toTensor();
  EXPECT_TRUE(at::allclose(fused.forward({x}).toTensor(), expected, 1e-5, 1e-5));
  if (!done) return;
  for (const std::string& kind : operators) {
    EXPECT_EQ(count(fused, "rollingdepth_cpu::" + kind), 1U) << kind;
  }
}

TEST(Fuse, AddsTheShortcutInTheConvolution) {
  expect_same_meaning(R"(
    def forward(self, x):
      y = torch.group_norm(x, 4, self.bias, self.bias, 1e-5, True)
      y = torch.conv2d(torch.silu(y), self.kernel, self.bias, [1, 1], [1, 1], [1, 1], 1)
      return x + y
  )",
                      noise({2, 16, 9, 7}), {"group_norm", "convolve"});
  torch::jit::Module module = network(R"(
    def forward(self, x):
      return x + torch.conv2d(x, self.kernel, self.bias, [1, 1], [1, 1], [1, 1], 1)
  )");
  fuse(module, at::kFloat);
  EXPECT_EQ(count(module, "aten::add"), has_fast_operations(at::kFloat) ? 0U : 1U);
}

// The sum is needed with another factor, the layer's output a second time, or what is added changes
// in between: then the sum stays.
TEST(Fuse, LeavesOtherSums) {
  const char* const kSums[] = {
      "return torch.add(x, y, alpha=2)",
      "return (x + y) * y",
      "x.mul_(2)\n      return x + y",
  };
  for (const char* const sum : kSums) {
    const std::string forward = std::string(R"(
    def forward(self, x):
      y = torch.conv2d(x, self.kernel, self.bias, [1, 1], [1, 1], [1, 1], 1)
      )") + sum + "\n";
    torch::jit::Module module = network(forward);
    fuse(module, at::kFloat);
    EXPECT_EQ(count(module, "aten::add"), 1U) << sum;
    torch::jit::Module plain = network(forward);
    const at::Tensor x = noise({1, 16, 5, 5});
    EXPECT_TRUE(at::allclose(module.forward({x.clone()}).toTensor(),
                             plain.forward({x.clone()}).toTensor(), 1e-5, 1e-5));
  }
}

TEST(Fuse, MultipliesAndGates) {
  expect_same_meaning(R"(
    def forward(self, x):
      y = torch.linear(x, self.matrix, self.bias)
      value, gate = torch.chunk(y, 2, -1)
      return value * torch.gelu(gate)
  )",
                      noise({3, 5, 16}), {"multiply", "gated_gelu"});
}

TEST(Fuse, ReplacesAttentionWithoutAMask) {
  const std::string forward = R"(
    def forward(self, x):
      return torch.scaled_dot_product_attention(x, x, x, None, 0.0, )";
  expect_same_meaning(forward + "False)\n", noise({1, 2, 50, 16}), {"attention"});
  torch::jit::Module causal = network(forward + "True)\n");
  fuse(causal, at::kFloat);
  EXPECT_EQ(count(causal, "rollingdepth_cpu::attention"), 0U);
}

TEST(Fuse, GivesUpThePlainWeights) {
  torch::jit::Module module = network(R"(
    def forward(self, x):
      return torch.conv2d(x, self.kernel, self.bias, [1, 1], [1, 1], [1, 1], 1)
  )");
  const bool done = fuse(module, at::kFloat);
  EXPECT_EQ(module.attr("kernel").toTensor().numel(), done ? 0 : 16 * 16 * 9);
}

TEST(Fuse, LeavesANetworkThatChangesItself) {
  torch::jit::Module module = network(R"(
    def forward(self, x):
      self.bias = self.bias + 1
      return x + self.bias.sum()
  )");
  EXPECT_FALSE(fuse(module, at::kFloat));
  const at::Tensor x = at::zeros({1});
  const at::Tensor first = module.forward({x}).toTensor();
  EXPECT_NEAR((module.forward({x}).toTensor() - first).item<double>(), 16, 1e-3);
}

/// Networks from strangers that could lose their meaning, and whether they can be fused.
struct OddNetwork {
  const char* name;
  const char* forward;
  bool fused = true;
};

class OddNetworks : public ::testing::TestWithParam<OddNetwork> {};

const OddNetwork kOddNetworks[] = {
    {"OneNumberForBothAxes",
     "return x + torch.conv2d(x, self.kernel, self.bias, [1], [1], [1], 1)"},
    {"BiasWithGaps", "return torch.conv2d(x, self.kernel, self.matrix[:, 0], [1, 1])"},
    {"BiasForAll", "return torch.conv2d(x, self.kernel, self.bias[:1].expand(16), [1, 1])"},
    {"BiasThatSpreads", "return torch.linear(x.transpose(1, 3), self.matrix, self.bias[:1])"},
    {"WriteBetweenNormAndSilu", R"(z = x + 1
      y = torch.group_norm(z, 4, self.bias, self.bias, 1e-5, True)
      z.mul_(3)
      z[:, :3].zero_()
      return torch.silu(y))"},
    {"WriteBetweenGeluAndGate", R"(a, g = torch.chunk(x + 1, 2, -1)
      t = torch.gelu(g)
      g.mul_(2)
      return a * t)"},
    {"DenseNorm",
     "return torch.group_norm(x.contiguous(), 4, self.bias, self.bias, 1e-5, True).view(1, -1)"},
    // What is written to could be a weight, for all that is known.
    {"WriteToTheInput", "return torch.relu_(x) + self.bias.sum()", false},
    {"BufferThatGrows", "self.bias.add_(1)\n      return x + self.bias.sum()", false},
    {"KernelThatChanges", R"(self.kernel.mul_(2)
      return torch.conv2d(x, self.kernel, self.bias, [1, 1]))",
     false},
};
INSTANTIATE_TEST_SUITE_P(Fuse, OddNetworks, ::testing::ValuesIn(kOddNetworks),
                         [](const auto& test) { return std::string(test.param.name); });

// Twice, as the networks of a run are called many times.
TEST_P(OddNetworks, KeepTheirMeaning) {
  const std::string forward =
      std::string("\n    def forward(self, x):\n      ") + GetParam().forward + "\n";
  torch::jit::Module plain = network(forward);
  torch::jit::Module fused = network(forward);
  EXPECT_EQ(fuse(fused, at::kFloat), GetParam().fused && has_fast_operations(at::kFloat));
  for (int call = 0; call < 2; ++call) {
    const at::Tensor x = noise({1, 16, 6, 8}).contiguous(at::MemoryFormat::ChannelsLast);
    EXPECT_TRUE(at::allclose(fused.forward({x.clone()}).toTensor(),
                             plain.forward({x.clone()}).toTensor(), 1e-5, 1e-5));
  }
}

TEST(Fuse, RefusesWhatLibTorchRefuses) {
  torch::jit::Module module = network(R"(
    def forward(self, x):
      return torch.group_norm(x, 4, self.bias[:4], self.bias[:4], 1e-5, True)
  )");
  fuse(module, at::kFloat);
  EXPECT_ANY_THROW(module.forward({noise({1, 16, 4, 4})}));
}

// As a module is that was saved without a word about gradients.
TEST(Fuse, TakesWeightsThatWantGradients) {
  torch::jit::Module module("network");
  module.register_parameter("kernel", noise({16, 16, 3, 3}).requires_grad_(), false);
  module.define(R"(
    def forward(self, x):
      return torch.conv2d(x, self.kernel, None, [1, 1])
  )");
  module.eval();
  EXPECT_EQ(fuse(module, at::kFloat), has_fast_operations(at::kFloat));
}

// The exporter's networks write attention out in blocks; that is known by its name.
TEST(Fuse, KnowsTheExportersAttention) {
  if (!has_fast_operations(at::kFloat)) return;
  torch::jit::Module unet =
      torch::jit::load((testing::reference_package("a") / "unet.ts").string());
  unet.eval();
  ASSERT_TRUE(fuse(unet, at::kFloat));
  EXPECT_GT(count(unet, "rollingdepth_cpu::attention"), 0U);
  EXPECT_EQ(count(unet, "aten::softmax"), 0U);
  EXPECT_EQ(count(unet, "aten::linear") + count(unet, "aten::conv2d"), 0U);
}

}  // namespace
}  // namespace rollingdepth::cpu
