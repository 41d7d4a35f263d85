#include "measure/dis_flow.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <gmock/gmock.h>

#include <opencv2/core/utility.hpp>

#include "clip_run/tensor_clip.hpp"
#include "error_matchers.hpp"

namespace rollingdepth {
namespace {

using ::testing::HasSubstr;
using testing::message_of;
using testing::TensorSource;

constexpr std::int64_t kHeightPx = 96, kWidthPx = 128;

/// A picture of waves of several directions and lengths, moved to the right and down by whole and
/// broken pixels, [3, H, W] uint8.
at::Tensor texture(double right_px, double down_px, double zoom = 1) {
  const auto height = static_cast<std::int64_t>(kHeightPx * zoom);
  const auto width = static_cast<std::int64_t>(kWidthPx * zoom);
  const at::Tensor x = (at::arange(width, at::kDouble) - right_px).view({1, width}) / zoom;
  const at::Tensor y = (at::arange(height, at::kDouble) - down_px).view({height, 1}) / zoom;
  const at::Tensor grey = 128 + 40 * at::sin(0.31 * x + 0.17 * y) +
                          30 * at::sin(0.13 * x - 0.41 * y + 1) +
                          30 * at::sin(0.53 * x + 0.47 * y + 2) + 20 * at::sin(0.07 * x * y / 9);
  return grey.clamp(0, 255).to(at::kByte).unsqueeze(0).expand({3, -1, -1}).contiguous();
}

std::unique_ptr<FlowSource> flow_of(const std::vector<at::Tensor>& frames,
                                    std::int64_t height_px = kHeightPx,
                                    std::int64_t width_px = kWidthPx) {
  return make_dis_flow(std::make_unique<TensorSource>(at::stack(frames)), height_px, width_px);
}

/// The flow of the second of two frames.
BackwardFlow second_flow(const std::vector<at::Tensor>& frames) {
  const auto source = flow_of(frames);
  source->next();
  return *source->next();
}

double median_of(const at::Tensor& values) { return values.flatten().median().item<double>(); }
double share_of(const at::Tensor& mask) { return mask.to(at::kDouble).mean().item<double>(); }

TEST(DisFlow, TellsWhereThePixelsWereInTheFrameBefore) {
  const BackwardFlow flow = second_flow({texture(0, 0), texture(3, 2)});
  EXPECT_EQ(flow.offset.sizes(), at::IntArrayRef({2, kHeightPx, kWidthPx}));
  EXPECT_EQ(flow.offset.scalar_type(), at::kFloat);
  EXPECT_NEAR(median_of(flow.offset[0]), -3, 0.1);
  EXPECT_NEAR(median_of(flow.offset[1]), -2, 0.1);
  const BackwardFlow half = second_flow({texture(0, 0), texture(-1.5, 0.5)});
  EXPECT_NEAR(median_of(half.offset[0]), 1.5, 0.1);
  EXPECT_NEAR(median_of(half.offset[1]), -0.5, 0.1);
}

TEST(DisFlow, CountsPixelsOfTheSizeAskedFor) {
  const auto source = flow_of({texture(0, 0, 2), texture(6, 4, 2)});
  source->next();
  const BackwardFlow flow = *source->next();
  EXPECT_EQ(flow.offset.sizes(), at::IntArrayRef({2, kHeightPx, kWidthPx}));
  EXPECT_NEAR(median_of(flow.offset[0]), -3, 0.1);
  EXPECT_NEAR(median_of(flow.offset[1]), -2, 0.1);
  // Larger than the video, too.
  const auto enlarged = flow_of({texture(0, 0), texture(3, 2)}, 2 * kHeightPx, 2 * kWidthPx);
  enlarged->next();
  EXPECT_NEAR(median_of(enlarged->next()->offset[0]), -6, 0.2);
}

TEST(DisFlow, SeesEachColour) {
  for (int channel = 0; channel < 3; ++channel) {
    std::vector<at::Tensor> frames = {texture(0, 0), texture(3, 2)};
    for (at::Tensor& frame : frames) {
      const at::Tensor pattern = frame[channel].clone();
      frame.fill_(90);
      frame[channel].copy_(pattern);
    }
    const BackwardFlow flow = second_flow(frames);
    EXPECT_NEAR(median_of(flow.offset[0]), -3, 0.15) << channel;
    EXPECT_NEAR(median_of(flow.offset[1]), -2, 0.15) << channel;
  }
}

// Noise that the mean of 2 x 2 pixels is free of.
TEST(DisFlow, ShrinksByTheMeanOfThePixels) {
  const at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(2);
  const at::Tensor checks = at::tensor({1, -1, -1, 1}).view({2, 2}).repeat({kHeightPx, kWidthPx});
  const auto noisy = [&](const at::Tensor& picture) {
    const at::Tensor strength = at::randint(-60, 61, {kHeightPx, kWidthPx}, generator, at::kLong)
                                    .repeat_interleave(2, 0)
                                    .repeat_interleave(2, 1);
    return (picture.to(at::kInt) / 2 + 64 + strength * checks).to(at::kByte);
  };
  const auto source = flow_of({noisy(texture(0, 0, 2)), noisy(texture(6, 4, 2))});
  source->next();
  const BackwardFlow flow = *source->next();
  EXPECT_NEAR(median_of(flow.offset[0]), -3, 0.1);
  EXPECT_NEAR(median_of(flow.offset[1]), -2, 0.1);
  EXPECT_GT(share_of(flow.visible), 0.9);
}

TEST(DisFlow, GivesNothingForTheFirstFrameAndAfterTheLast) {
  const auto source = flow_of({texture(0, 0), texture(1, 0), texture(3, 0)});
  const auto first = source->next();
  ASSERT_TRUE(first.has_value());
  EXPECT_FALSE(first->offset.defined());
  EXPECT_FALSE(first->visible.defined());
  const auto second = source->next();
  const auto third = source->next();
  // Each keeps its own memory.
  EXPECT_NEAR(median_of(second->offset[0]), -1, 0.1);
  EXPECT_NEAR(median_of(third->offset[0]), -2, 0.1);
  EXPECT_FALSE(source->next().has_value());
  EXPECT_FALSE(source->next().has_value());
}

TEST(DisFlow, PixelsThatCameIntoTheFrameAreNotVisible) {
  const BackwardFlow flow = second_flow({texture(0, 0), texture(6, 0)});
  EXPECT_EQ(flow.visible.scalar_type(), at::kBool);
  EXPECT_EQ(flow.visible.sizes(), at::IntArrayRef({kHeightPx, kWidthPx}));
  // The six columns at the left were outside.
  EXPECT_LT(share_of(flow.visible.slice(1, 0, 4)), 0.1);
  EXPECT_GT(share_of(flow.visible.slice(1, 12, kWidthPx)), 0.95);
}

TEST(DisFlow, WhatASquareHidIsNotVisible) {
  constexpr int kTop = 32, kLeft = 40, kSide = 32, kStep = 8;
  const at::Tensor background = texture(0, 0);
  const at::Tensor square = (255 - texture(50, 30)).slice(1, 0, kSide).slice(2, 0, kSide);
  const auto frame = [&](int left) {
    at::Tensor picture = background.clone();
    picture.slice(1, kTop, kTop + kSide).slice(2, left, left + kSide).copy_(square);
    return picture;
  };
  const BackwardFlow flow = second_flow({frame(kLeft), frame(kLeft + kStep)});
  const at::Tensor rows = flow.visible.slice(0, kTop + 4, kTop + kSide - 4);
  EXPECT_LT(share_of(rows.slice(1, kLeft + 1, kLeft + kStep - 1)), 0.3);
  EXPECT_GT(share_of(rows.slice(1, kLeft + kStep + 6, kLeft + kStep + kSide - 6)), 0.9);
  EXPECT_GT(share_of(flow.visible.slice(1, 0, kLeft - 12)), 0.95);
  EXPECT_NEAR(median_of(flow.offset[0]
                            .slice(0, kTop + 6, kTop + kSide - 6)
                            .slice(1, kLeft + kStep + 6, kLeft + kStep + kSide - 6)),
              -kStep, 0.2);
}

TEST(DisFlow, OwesNothingToThePairBefore) {
  const at::Tensor left = texture(0, 0), right = texture(5, 0);
  const auto source = flow_of({left, right, left, right});
  source->next();
  const BackwardFlow first = *source->next();
  source->next();
  EXPECT_TRUE(at::equal(source->next()->offset, first.offset));
}

TEST(DisFlow, IsTheSameForAnyNumberOfThreads) {
  const at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(1);
  const auto noise = [&] {
    return at::randint(0, 256, {3, kHeightPx, kWidthPx}, generator, at::kByte);
  };
  const std::vector<at::Tensor> frames = {noise(), noise()};
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const BackwardFlow one = second_flow(frames);
  EXPECT_EQ(cv::getNumThreads(), 1);
  at::set_num_threads(3);
  const BackwardFlow three = second_flow(frames);
  EXPECT_EQ(cv::getNumThreads(), 3);
  at::set_num_threads(threads);
  EXPECT_TRUE(at::equal(one.offset, three.offset));
  EXPECT_TRUE(at::equal(one.visible, three.visible));
}

// OpenCV itself crashes on some of the sizes below.
TEST(DisFlow, RefusesMapsThatAreTooSmall) {
  for (const auto& [height_px, width_px] : {std::pair{15, 100}, {100, 15}, {1, 1}}) {
    EXPECT_THAT(message_of(ErrorKind::kInput,
                           [&, h = height_px, w = width_px] { flow_of({texture(0, 0)}, h, w); }),
                HasSubstr("each side must be at least 16 pixels"));
  }
  for (const auto& [height_px, width_px] : {std::pair{16, 16}, {16, 300}, {45, 17}}) {
    const auto source = flow_of({texture(0, 0), texture(1, 0)}, height_px, width_px);
    source->next();
    EXPECT_EQ(source->next()->offset.sizes(), at::IntArrayRef({2, height_px, width_px}));
  }
}

}  // namespace
}  // namespace rollingdepth
