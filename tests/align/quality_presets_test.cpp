#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "align/co_align.hpp"
#include "error_matchers.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;

void expect_limits(const std::string& quality, int patience, int min_steps, double threshold,
                   int max_steps) {
  SCOPED_TRACE(quality);
  const CoAlignOptions options = co_align_options(quality, Aligner::kAdam);
  EXPECT_NO_THROW(options.validate());
  EXPECT_EQ(options.patience, patience);
  EXPECT_EQ(options.min_steps, min_steps);
  EXPECT_EQ(options.threshold, threshold);
  EXPECT_EQ(options.max_steps, max_steps);
  EXPECT_EQ(options.learning_rate, 1e-3);
  EXPECT_EQ(options.stride_px, 10);
  EXPECT_EQ(options.border_px, 2);
}

TEST(QualityPresets, HoldTheLimitsOfTheOriginal) {
  EXPECT_THAT(quality_names(),
              ElementsAre("ultra_fast", "fast", "balanced", "quality", "ultra_quality", "paper"));
  expect_limits("ultra_fast", 20, 300, 5e-4, 400);
  expect_limits("fast", 30, 500, 1e-4, 700);
  expect_limits("balanced", 50, 800, 5e-5, 1200);
  expect_limits("quality", 200, 1500, 1e-6, 2000);
  expect_limits("ultra_quality", 500, 2500, 1e-7, 3000);
  const CoAlignOptions paper = co_align_options("paper", Aligner::kAdam);
  EXPECT_EQ(paper.patience, 0);
  EXPECT_EQ(paper.max_steps, 2000);
}

TEST(QualityPresets, BalancedIsWhatOptionsStartWith) {
  const CoAlignOptions balanced = co_align_options("balanced");
  const CoAlignOptions start;
  EXPECT_EQ(start.patience, balanced.patience);
  EXPECT_EQ(start.min_steps, balanced.min_steps);
  EXPECT_EQ(start.threshold, balanced.threshold);
  EXPECT_EQ(start.max_steps, balanced.max_steps);
  EXPECT_EQ(start.samples_per_map, balanced.samples_per_map);
  EXPECT_EQ(start.max_rounds, balanced.max_rounds);
  EXPECT_EQ(start.tolerance, balanced.tolerance);
}

// For irls `paper` is `ultra_quality`, and every step up looks closer.
TEST(QualityPresets, TakeMoreSamplesAndRoundsFromStepToStep) {
  const std::vector<std::string> names = quality_names();
  for (std::size_t i = 1; i + 1 < names.size(); ++i) {
    const CoAlignOptions lower = co_align_options(names[i - 1]), upper = co_align_options(names[i]);
    EXPECT_LT(lower.samples_per_map, upper.samples_per_map) << names[i];
    EXPECT_LT(lower.max_rounds, upper.max_rounds) << names[i];
    EXPECT_GT(lower.tolerance, upper.tolerance) << names[i];
  }
  EXPECT_EQ(co_align_options("paper").samples_per_map,
            co_align_options("ultra_quality").samples_per_map);
  EXPECT_EQ(co_align_options("paper").max_rounds, co_align_options("ultra_quality").max_rounds);
}

TEST(QualityPresets, SuggestTheNearestNameForAnUnknownOne) {
  EXPECT_THAT(message_of(ErrorKind::kUsage, [] { co_align_options("balansed"); }),
              AllOf(HasSubstr("'balansed'"), HasSubstr("did you mean 'balanced'"),
                    HasSubstr("ultra_quality, paper")));
}

}  // namespace
}  // namespace rollingdepth
