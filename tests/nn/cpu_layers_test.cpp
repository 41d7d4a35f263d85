#include <gmock/gmock.h>

#include <vector>

#include "nn/cpu/layers.hpp"
#include "nn/cpu/operations.hpp"
#include "noise.hpp"

namespace rollingdepth::cpu {
namespace {

using testing::noise;

/// The types whose weights oneDNN packs here: bfloat16 where neither the processor nor what is held
/// back for a test stands against it.
std::vector<c10::ScalarType> packed_types() {
  if (has_fast_operations(at::kBFloat16)) return {at::kFloat, at::kBFloat16};
  return {at::kFloat};
}

at::Tensor picture(c10::IntArrayRef shape, c10::ScalarType dtype) {
  return noise(shape, dtype).contiguous(at::MemoryFormat::ChannelsLast);
}

struct ConvolutionCase {
  std::int64_t inputs, outputs, kernel, stride, padding, groups;
};

// Packing changes where numbers lie, not in which order they are multiplied and added.
TEST(Convolution, GivesThePlainLayersBits) {
  for (const ConvolutionCase& c : {ConvolutionCase{32, 48, 3, 1, 1, 1},
                                   {32, 32, 3, 2, 0, 1},
                                   {16, 64, 1, 1, 0, 1},
                                   {4, 32, 3, 1, 1, 1},
                                   {32, 1, 3, 1, 1, 1},
                                   {24, 24, 3, 1, 1, 24}}) {
    for (const c10::ScalarType dtype : packed_types()) {
      const at::Tensor weight =
          noise({c.outputs, c.inputs / c.groups, c.kernel, c.kernel}, dtype, 2)
              .contiguous(at::MemoryFormat::ChannelsLast);
      const at::Tensor bias = noise({c.outputs}, dtype, 3);
      const at::Tensor x = picture({2, c.inputs, 18, 14}, dtype);
      Convolution layer(weight, bias,
                        {{c.stride, c.stride}, {c.padding, c.padding}, {1, 1}, c.groups});
      const at::Tensor expected = at::conv2d(x, weight, bias, c.stride, c.padding, 1, c.groups);
      EXPECT_TRUE(at::equal(layer.run(x, std::nullopt), expected))
          << c.inputs << " to " << c.outputs << ", " << c10::toString(dtype);
    }
  }
}

TEST(Convolution, ServesPicturesOfAnySize) {
  for (const c10::ScalarType dtype : packed_types()) {
    const at::Tensor weight = noise({32, 16, 3, 3}, dtype, 2);
    Convolution layer(weight, std::nullopt, {{1, 1}, {1, 1}, {1, 1}, 1});
    for (const std::int64_t width : {20, 7, 64, 20}) {
      for (const std::int64_t frames : {1, 3}) {
        const at::Tensor x = picture({frames, 16, 12, width}, dtype);
        EXPECT_TRUE(
            at::equal(layer.run(x, std::nullopt), at::conv2d(x, weight, std::nullopt, 1, 1)));
      }
    }
    const at::Tensor one = noise({16, 12, 20}, dtype);
    EXPECT_EQ(layer.run(one, std::nullopt).sizes(), c10::IntArrayRef({32, 12, 20}));
  }
}

// One rounding fewer than a sum of its own: within a step of bfloat16, 1/128 of a value.
TEST(Convolution, AddsAPicture) {
  for (const c10::ScalarType dtype : packed_types()) {
    const double tolerance = dtype == at::kFloat ? 1e-5 : 8e-3;
    const at::Tensor weight = noise({24, 16, 3, 3}, dtype, 2);
    const at::Tensor x = picture({2, 16, 10, 12}, dtype);
    const at::Tensor other = picture({2, 24, 5, 6}, dtype);
    Convolution layer(weight, std::nullopt, {{2, 2}, {1, 1}, {1, 1}, 1});
    const at::Tensor expected = at::conv2d(x, weight, std::nullopt, 2, 1) + other;
    EXPECT_TRUE(at::allclose(layer.run(x, other), expected, tolerance, 10 * tolerance));
  }
}

// The innermost level of a small picture: one cell a frame, where layouts cannot be told apart.
TEST(Convolution, AddsSinglePixelsAndOtherLayouts) {
  const at::Tensor weight = noise({32, 32, 3, 3}, at::kFloat, 2);
  Convolution layer(weight, std::nullopt, {{1, 1}, {1, 1}, {1, 1}, 1});
  for (const auto& [height, width] : {std::pair{1, 1}, {1, 6}, {6, 1}, {5, 4}}) {
    const at::Tensor x = picture({12, 32, height, width}, at::kFloat);
    for (const at::Tensor& other : {picture({12, 32, height, width}, at::kFloat),
                                    noise({12, 32, height, width}, at::kFloat, 3)}) {
      EXPECT_TRUE(at::allclose(layer.run(x, other),
                               other + at::conv2d(x, weight, std::nullopt, 1, 1), 0, 1e-4));
    }
  }
}

TEST(Convolution, SpreadsWhatHasNotItsSize) {
  const at::Tensor weight = noise({24, 16, 3, 3}, at::kFloat, 2);
  const at::Tensor x = picture({2, 16, 10, 12}, at::kFloat);
  const at::Tensor by_channel = noise({1, 24, 1, 1}, at::kFloat);
  Convolution layer(weight, std::nullopt, {{1, 1}, {1, 1}, {1, 1}, 1});
  EXPECT_TRUE(
      at::equal(layer.run(x, by_channel), by_channel + at::conv2d(x, weight, std::nullopt, 1, 1)));
}

template <class Layer>
std::string refusal(Layer& layer, const at::Tensor& x) {
  try {
    layer.run(x, std::nullopt);
  } catch (const c10::Error& error) {
    return error.what_without_backtrace();
  }
  return "taken";
}

// oneDNN would say that it could not create a primitive.
TEST(Layers, SayWhichShapeTheyDoNotTake) {
  Convolution convolution(noise({24, 16, 3, 3}, at::kFloat, 2), std::nullopt,
                          {{1, 1}, {0, 0}, {1, 1}, 1});
  EXPECT_EQ(refusal(convolution, noise({2, 15, 8, 8}, at::kFloat)),
            "a convolution of 16 channels in Float got a tensor of shape [2, 15, 8, 8] in Float");
  EXPECT_EQ(
      refusal(convolution, noise({2, 16, 8, 8}, at::kBFloat16)),
      "a convolution of 16 channels in Float got a tensor of shape [2, 16, 8, 8] in BFloat16");
  EXPECT_EQ(refusal(convolution, noise({16, 8}, at::kFloat)),
            "a convolution of 16 channels in Float got a tensor of shape [16, 8] in Float");
  EXPECT_EQ(refusal(convolution, noise({2, 16, 2, 8}, at::kFloat)),
            "a convolution of [3, 3] pixels does not fit into a tensor of shape [2, 16, 2, 8]");
  Linear linear(noise({40, 24}, at::kFloat, 2), std::nullopt);
  EXPECT_EQ(refusal(linear, noise({9, 23}, at::kFloat)),
            "a linear layer of 24 inputs in Float got a tensor of shape [9, 23] in Float");
  Convolution grouped(noise({24, 1, 3, 3}, at::kFloat, 2), std::nullopt,
                      {{1, 1}, {1, 1}, {1, 1}, 24});
  EXPECT_EQ(refusal(grouped, noise({1, 24, 8, 8}, at::kFloat)), "taken");
}

TEST(Linear, MultipliesRows) {
  for (const c10::ScalarType dtype : packed_types()) {
    const double tolerance = dtype == at::kFloat ? 1e-5 : 0.07;
    const at::Tensor weight = noise({40, 24}, dtype, 2);
    const at::Tensor bias = noise({40}, dtype, 3);
    const at::Tensor x = noise({2, 9, 24}, dtype);
    const at::Tensor other = noise({2, 9, 40}, dtype, 4);
    Linear layer(weight, bias);
    const at::Tensor expected = at::linear(x, weight, bias);
    EXPECT_TRUE(at::allclose(layer.run(x, std::nullopt), expected, 0, tolerance));
    EXPECT_TRUE(at::allclose(layer.run(x, other), expected + other, 0, tolerance));
    EXPECT_TRUE(at::allclose(layer.run(x, other[0][0]), expected + other[0][0], 0, tolerance));
    EXPECT_TRUE(at::allclose(layer.run(x[0], std::nullopt), expected[0], 0, tolerance));
  }
}

// A process that has seen a clip of one frame gives later clips the bytes that another one gives.
TEST(Layers, GiveTheSameBitsWhateverCameBefore) {
  for (const c10::ScalarType dtype : packed_types()) {
    for (const std::int64_t outputs : {16, 40, 64, 320}) {
      const at::Tensor linear_weight = noise({outputs, 96}, dtype, 2);
      const at::Tensor rows = noise({700, 96}, dtype);
      Linear fresh(linear_weight, std::nullopt), used(linear_weight, std::nullopt);
      used.run(rows.narrow(0, 0, 1), std::nullopt);
      EXPECT_TRUE(at::equal(used.run(rows, std::nullopt), fresh.run(rows, std::nullopt)));

      for (const std::int64_t kernel : {1, 3}) {
        const at::Tensor weight = noise({outputs, 32, kernel, kernel}, dtype, 3);
        const Convolution::Settings settings = {{1, 1}, {0, 0}, {1, 1}, 1};
        const at::Tensor pictures = picture({12, 32, 9, 14}, dtype);
        Convolution first(weight, std::nullopt, settings), later(weight, std::nullopt, settings);
        later.run(pictures.narrow(0, 0, 1), std::nullopt);
        EXPECT_TRUE(
            at::equal(later.run(pictures, std::nullopt), first.run(pictures, std::nullopt)));
      }
    }
  }
}

}  // namespace
}  // namespace rollingdepth::cpu
