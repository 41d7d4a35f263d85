#include "method/rolling_depth/clip_plan.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "method/rolling_depth/options.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

RollingDepthOptions options_with(std::vector<std::int64_t> dilations, bool cap) {
  RollingDepthOptions options;
  options.dilations = std::move(dilations);
  options.cap_dilation = cap;
  return options;
}

// 30 frames cap both 10 and 25 at 9: one set of snippets that counts twice.
TEST(ClipPlan, ComputesEqualDilationsOnceAndCountsThemTwice) {
  const ClipPlan plan = plan_clip({64, 48}, 30, ModelInfo(), options_with({1, 10, 25}, true));
  EXPECT_THAT(plan.entries, ElementsAre(0, 1, 1));
  EXPECT_EQ(plan.dilations[1].dilation, 9);
  EXPECT_EQ(plan.snippets(), 28 + 12 + 12);
  EXPECT_EQ(plan.distinct_snippets(), 28 + 12);
  EXPECT_THAT(plan.warnings, IsEmpty());
}

TEST(ClipPlan, LeavesOutASpacingThatDoesNotFitUncapped) {
  const ClipPlan plan = plan_clip({64, 48}, 30, ModelInfo(), options_with({1, 25}, false));
  EXPECT_THAT(plan.entries, ElementsAre(0));
  EXPECT_THAT(plan.warnings, ElementsAre(HasSubstr("dilation 25 does not fit")));
}

TEST(ClipPlan, ShortensSnippetsToTheClip) {
  for (const std::int64_t frames : {1, 2}) {
    const ClipPlan plan = plan_clip({64, 48}, frames, ModelInfo(), options_with({1, 25}, true));
    EXPECT_EQ(plan.snippet_length, frames);
    EXPECT_THAT(plan.entries, ElementsAre(0, 0));
    EXPECT_EQ(plan.dilations[0].size(), 1);
  }
}

TEST(ClipPlan, SaysThatSnippetsAreShorter) {
  const ClipPlan plan = plan_clip({64, 48}, 1, ModelInfo(), options_with({1}, true));
  EXPECT_THAT(plan.warnings, ElementsAre("the clip has 1 frame, so snippets hold 1 instead of 3"));
}

TEST(ClipPlan, RestoresTheInputSize) {
  RollingDepthOptions options;
  options.clip.res_px = 32;
  options.clip.restore_res = true;
  const ClipPlan plan = plan_clip({65, 47}, 10, ModelInfo(), options);
  EXPECT_EQ(plan.processing_size, (FrameSize{32, 24}));
  EXPECT_EQ(plan.output_size, (FrameSize{65, 47}));
}

TEST(RollingDepthOptions, AsksForDilationOne) {
  try {
    options_with({2, 25}, true).validate();
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("lacks 1"));
  }
}

TEST(RollingDepthOptions, RefusesResolutionsBelowEight) {
  RollingDepthOptions options;
  options.clip.res_px = 7;
  EXPECT_THROW(options.validate(), Error);
  options.clip.res_px = 0;
  EXPECT_NO_THROW(options.validate());
}

// Sums and products of what is accepted stay within 64 bits.
TEST(RollingDepthOptions, RefusesMoreFramesThanAClipCanHave) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  for (const std::int64_t value : {kMaxFrames + 1, most}) {
    RollingDepthOptions chunks;
    chunks.chunk_frames = value;
    chunks.chunk_overlap = 1;
    EXPECT_THROW(chunks.validate(), Error) << value;
    for (const auto field : {&ClipOptions::start_frame, &ClipOptions::frame_count}) {
      RollingDepthOptions options;
      options.clip.*field = value;
      EXPECT_THROW(options.validate(), Error) << value;
    }
  }
  EXPECT_THROW(options_with({1, most}, false).validate(), Error);
  RollingDepthOptions options;
  options.refine.start_dilation = most;
  EXPECT_THROW(options.validate(), Error);
  options = {};
  options.batch.vae_frames = most;
  EXPECT_THROW(options.validate(), Error);
  options = options_with({1, kMaxFrames}, false);
  options.clip.start_frame = options.clip.frame_count = kMaxFrames;
  EXPECT_NO_THROW(options.validate());
  // Its last frame would be the three-billionth.
  EXPECT_THAT(plan_clip({64, 48}, 10, ModelInfo(), options).entries, ::testing::SizeIs(1));
}

TEST(RollingDepthOptions, NameTheOptionOutOfRange) {
  RollingDepthOptions options;
  options.refine = {.steps = 1, .start_dilation = 0};
  try {
    options.validate();
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_STREQ(error.what(), "--refine-start-dilation: 0 is too small (at least 1)");
  }
}

TEST(CheckModelSupports, NamesTheModelAndTheLength) {
  ModelInfo model;
  model.name = "pairs only";
  model.snippet_lengths = {2};
  EXPECT_THROW(check_model_supports(model, RollingDepthOptions()), Error);
  RollingDepthOptions options;
  options.snippet_length = 2;
  EXPECT_NO_THROW(check_model_supports(model, options));
}

}  // namespace
}  // namespace rollingdepth
