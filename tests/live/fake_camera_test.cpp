#include "fake_camera.hpp"

#include <gtest/gtest.h>

#include <chrono>

#include "error_matchers.hpp"
#include "live/cameras.hpp"
#include "live/live_source.hpp"
#include "sender.hpp"
#include "source_frames.hpp"

namespace rollingdepth::live {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using testing::FakeCamera;
using testing::frames_of;
using ::testing::HasSubstr;
using testing::LaterStop;
using testing::message_of;

const std::string kCamera = "v4l2:/dev/null";

/// A test with a camera, skipped where libavdevice is not installed.
class LiveSourceFakeCamera : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      camera_format();
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }

  FakeCamera camera_;
  StopFlag stop_;
};

TEST_F(LiveSourceFakeCamera, GivesItsPicturesWithTheTimesTheyComeAt) {
  const auto source = open_live_source({.source = kCamera}, stop_);
  EXPECT_EQ(source->info().name, "/dev/null");
  EXPECT_EQ(source->info().size, (FrameSize{.width_px = 64, .height_px = 48}));
  EXPECT_EQ(source->info().frame_rate, (Rational{.num = 100, .den = 1}));
  EXPECT_TRUE(source->info().drops);
  const std::vector<LiveFrame> frames = frames_of(*source, 20);
  ASSERT_EQ(frames.size(), 20);
  for (std::size_t i = 1; i < frames.size(); ++i) {
    EXPECT_GT(frames[i].rgb[0][0][0].item<int>(), frames[i - 1].rgb[0][0][0].item<int>());
    EXPECT_GT(frames[i].time_us, frames[i - 1].time_us);
  }
}

TEST_F(LiveSourceFakeCamera, EndsItsWaitWithTheFlag) {
  const auto source = open_live_source({.source = kCamera}, stop_);
  camera_.give_nothing();
  const LaterStop later(stop_, 300ms);
  while (source->next()) continue;
  EXPECT_TRUE(stop_.raised());
}

TEST_F(LiveSourceFakeCamera, IsLostWhereItIsPulledOut) {
  const auto source = open_live_source({.source = kCamera}, stop_);
  camera_.pull_out();
  EXPECT_EQ(message_of(ErrorKind::kInput,
                       [&] {
                         while (source->next()) continue;
                       }),
            "/dev/null is lost: No such device");
  EXPECT_EQ(message_of(ErrorKind::kInput, [&] { open_live_source({.source = kCamera}, stop_); }),
            "cannot open /dev/null: No such device");
}

TEST_F(LiveSourceFakeCamera, IsOpenedAgainOnceItIsBack) {
  const auto source = open_live_source({.source = kCamera, .reconnect = true}, stop_);
  EXPECT_EQ(frames_of(*source, 3).size(), 3);
  camera_.pull_out();
  const JoiningThread later([this] {
    std::this_thread::sleep_for(1s);  // The first attempt comes half a second after the loss.
    camera_.give_pictures();
  });
  bool begins_anew = false;
  while (!begins_anew) {
    const auto frame = source->next();
    ASSERT_TRUE(frame);
    begins_anew = frame->begins_anew;
  }
  EXPECT_THAT(testing::remarks_of(*source),
              AllOf(HasSubstr("/dev/null: lost (No such device); opening it again"),
                    HasSubstr("/dev/null: opened again")));
}

}  // namespace
}  // namespace rollingdepth::live
