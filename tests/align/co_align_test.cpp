#include "align/co_align.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "align/synthetic_clip.hpp"
#include "error_matchers.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using ::testing::HasSubstr;
using testing::message_of;
using testing::synthetic_clip;
using testing::SyntheticClip;

TEST(CoAlign, TakesTheSolverThatTheOptionsName) {
  const SyntheticClip clip = synthetic_clip({.noise = 0.01});
  SilentProgress progress;
  EXPECT_EQ(co_align(clip.snippets, co_align_options("fast"), progress).summary.aligner,
            Aligner::kIrls);
  EXPECT_EQ(co_align(clip.snippets, co_align_options("ultra_fast", Aligner::kAdam), progress)
                .summary.aligner,
            Aligner::kAdam);
}

TEST(CoAlignOptions, NameTheFieldAndValueThatAreOutOfRange) {
  const auto message_for = [](const std::function<void(CoAlignOptions&)>& change) {
    CoAlignOptions options;
    change(options);
    return message_of(ErrorKind::kUsage, [&options] { options.validate(); });
  };
  EXPECT_THAT(message_for([](auto& o) { o.max_steps = 0; }), HasSubstr("max_steps is 0"));
  EXPECT_THAT(message_for([](auto& o) { o.min_steps = -1; }), HasSubstr("min_steps is -1"));
  EXPECT_THAT(message_for([](auto& o) { o.patience = -2; }), HasSubstr("patience is -2"));
  EXPECT_THAT(message_for([](auto& o) { o.threshold = 0; }), HasSubstr("threshold is 0"));
  EXPECT_THAT(message_for([](auto& o) { o.learning_rate = -0.5; }),
              HasSubstr("learning_rate is -0.5"));
  EXPECT_THAT(message_for([](auto& o) { o.stride_px = -1; }), HasSubstr("stride_px is -1"));
  EXPECT_THAT(message_for([](auto& o) { o.samples_per_map = 0; }),
              HasSubstr("samples_per_map is 0"));
  EXPECT_THAT(message_for([](auto& o) { o.max_rounds = 0; }), HasSubstr("max_rounds is 0"));
  EXPECT_THAT(message_for([](auto& o) { o.tolerance = -1; }), HasSubstr("tolerance is -1"));
  EXPECT_THAT(message_for([](auto& o) { o.border_px = -3; }), HasSubstr("border_px is -3"));
}

}  // namespace
}  // namespace rollingdepth
