#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "error_matchers.hpp"
#include "live/cameras.hpp"
#include "live/live_source.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth::live {
namespace {

using ::testing::HasSubstr;
using testing::message_of;

std::string message_of_opening(const std::string& source) {
  const StopFlag stop;
  return message_of(ErrorKind::kInput,
                    [&] { open_live_source(SourceOptions{.source = source}, stop); });
}

TEST(LiveSourceCamera, NamesADeviceThatIsNotThere) {
  EXPECT_THAT(message_of_opening("/dev/video9999"),
              HasSubstr("cannot open /dev/video9999: there is no such device"));
}

TEST(LiveSourceCamera, TakesAFileForNoDevice) {
  const testing::TemporaryFolder folder;
  EXPECT_THAT(message_of_opening("v4l2:" + folder.path().string()), HasSubstr("is not a device"));
}

// The null device is no camera: libavdevice, opened for it, says so.
TEST(LiveSourceCamera, OpensTheLibraryOfDevices) {
  const std::string message = message_of_opening("v4l2:/dev/null");
  if (message.find("install FFmpeg's libavdevice") != std::string::npos) {
    GTEST_SKIP() << message;
  }
  EXPECT_THAT(message, HasSubstr("cannot open /dev/null: "));
  EXPECT_NE(camera_format(), nullptr);
}

TEST(LiveSourceCamera, GivesFramesAtItsOwnPace) {
  if (!std::filesystem::exists("/dev/video0")) GTEST_SKIP() << "there is no /dev/video0";
  const StopFlag stop;
  std::unique_ptr<LiveSource> source;
  try {
    source = open_live_source({.source = "/dev/video0"}, stop);
  } catch (const Error& error) {
    GTEST_SKIP() << error.what();  // In use, or no camera.
  }
  EXPECT_TRUE(source->info().drops);
  std::int64_t last_us = -1;
  for (int frame = 0; frame < 10; ++frame) {
    const auto given = source->next();
    ASSERT_TRUE(given);
    EXPECT_EQ(given->rgb.size(1), source->info().size.height_px);
    EXPECT_GT(given->time_us, last_us);
    last_us = given->time_us;
  }
}

}  // namespace
}  // namespace rollingdepth::live
