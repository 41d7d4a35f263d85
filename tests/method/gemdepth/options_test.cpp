#include "method/gemdepth/options.hpp"

#include <gmock/gmock.h>

#include "error_matchers.hpp"

namespace rollingdepth::gemdepth {
namespace {

using ::testing::HasSubstr;
using testing::message_of;

TEST(Options, ComeBackFromTheirSettings) {
  Options options;
  options.clip.res_px = 280;
  options.clip.restore_res = true;
  options.pose = false;
  options.window_frames = 16;
  options.frames_per_call = 3;
  Options read;
  read.set(options.settings());
  EXPECT_EQ(read.settings(), options.settings());
  EXPECT_FALSE(read.pose);
  EXPECT_EQ(read.window_frames, 16);
}

TEST(Options, NameWhatTheyDoNotTake) {
  const auto message = [](const Settings& settings) {
    return message_of(ErrorKind::kUsage, [&] { Options().set(settings); });
  };
  EXPECT_THAT(message({{"mode", "offline"}}), HasSubstr("GemDepth has no setting 'mode'"));
  EXPECT_THAT(message({{"resample_method", "BICUBIC"}}), HasSubstr("resample_method"));
  EXPECT_THAT(message({{"pose", "yes"}}), HasSubstr("'pose' does not take \"yes\""));
  EXPECT_THAT(message({{"window", "long"}}), HasSubstr("window"));
}

TEST(Options, RefuseWhatIsOutOfRange) {
  const auto message = [](const Options& options) {
    return message_of(ErrorKind::kUsage, [&] { options.validate(); });
  };
  for (const std::int64_t frames : {0, 7, 12, 33, 64}) {
    Options options;
    options.window_frames = frames;
    EXPECT_THAT(message(options),
                HasSubstr("--window: " + std::to_string(frames) + " is none of 32, 16 and 8"));
  }
  Options options;
  options.frames_per_call = -1;
  EXPECT_THAT(message(options), HasSubstr("--max-vae-bs"));
}

}  // namespace
}  // namespace rollingdepth::gemdepth
