#include "method/rolling_depth/options.hpp"

#include <gmock/gmock.h>

#include "error_matchers.hpp"

namespace rollingdepth {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;

TEST(RollingDepthSettings, AreTakenByTheNamesThatTheyAreGivenBackBy) {
  RollingDepthOptions options;
  options.set({{"res", 320},
               {"resample_method", "BICUBIC"},
               {"dilations", {1, 7}},
               {"quality", "fast"},
               {"aligner", "adam"},
               {"merge", "median"},
               {"chunk_frames", 40},
               {"seed", 3}});
  EXPECT_EQ(options.clip.res_px, 320);
  EXPECT_EQ(options.clip.resample, ResampleMethod::kBicubic);
  EXPECT_THAT(options.dilations, ElementsAre(1, 7));
  EXPECT_EQ(options.align.max_steps, co_align_options("fast", Aligner::kAdam).max_steps);
  EXPECT_EQ(options.merge, MergeMethod::kMedian);
  EXPECT_EQ(options.chunk_overlap, 5);
  const Settings given = options.settings();
  EXPECT_EQ(given.at("seed"), 3);
  EXPECT_EQ(given.at("aligner"), "adam");
  EXPECT_NO_THROW(options.validate());
}

// Each value that a settings() of other options has comes back.
TEST(RollingDepthSettings, ComeBackAsTheyWere) {
  RollingDepthOptions options;
  options.clip = {.start_frame = 4, .frame_count = 9, .res_px = 64, .restore_res = true};
  options.dilations = {1, 2, 9};
  options.cap_dilation = false;
  options.snippet_length = 2;
  options.batch = {.vae_frames = 3, .snippets = 2};
  options.spool_dtype = SpoolDtype::kFp32;
  options.refine = {.steps = 2, .snippet_length = 4, .start_dilation = 5};
  Settings given = options.settings();
  const Settings of_align = align_settings(options.align);  // Given by quality.
  for (const auto& item : of_align.items()) {
    if (item.key() != "aligner") given.erase(item.key());
  }
  RollingDepthOptions back;
  back.set(given);
  EXPECT_EQ(back.settings(), options.settings());
}

TEST(RollingDepthSettings, RefuseWhatTheyDoNotKnowByName) {
  RollingDepthOptions options;
  EXPECT_THAT(message_of(ErrorKind::kUsage,
                         [&] {
                           options.set({{"windows", 3}});
                         }),
              HasSubstr("'windows'"));
  EXPECT_THAT(message_of(ErrorKind::kUsage,
                         [&] {
                           options.set({{"res", "large"}});
                         }),
              AllOf(HasSubstr("'res'"), HasSubstr("large")));
}

}  // namespace
}  // namespace rollingdepth
