#include "method/video_depth_anything/options.hpp"

#include <gmock/gmock.h>

#include "error_matchers.hpp"

namespace rollingdepth::vda {
namespace {

using ::testing::HasSubstr;
using testing::message_of;

TEST(Options, ComeBackFromTheirSettings) {
  Options options;
  options.clip.res_px = 280;
  options.clip.restore_res = true;
  options.mode = Mode::kStreaming;
  options.frames_per_call = 3;
  Options read;
  read.set(options.settings());
  EXPECT_EQ(read.settings(), options.settings());
  EXPECT_EQ(read.mode, Mode::kStreaming);
}

TEST(Options, NameWhatTheyDoNotTake) {
  const auto message = [](const Settings& settings) {
    return message_of(ErrorKind::kUsage, [&] { Options().set(settings); });
  };
  EXPECT_THAT(message({{"dilations", {1}}}), HasSubstr("no setting 'dilations'"));
  EXPECT_THAT(message({{"resample_method", "BICUBIC"}}), HasSubstr("resample_method"));
  EXPECT_THAT(message({{"mode", "offlin"}}), HasSubstr("did you mean 'offline'"));
  EXPECT_THAT(message({{"max_vae_bs", "many"}}), HasSubstr("max_vae_bs"));
}

TEST(Options, RefuseWhatIsOutOfRange) {
  Options options;
  options.frames_per_call = -1;
  EXPECT_THAT(message_of(ErrorKind::kUsage, [&] { options.validate(); }),
              HasSubstr("--max-vae-bs"));
}

}  // namespace
}  // namespace rollingdepth::vda
