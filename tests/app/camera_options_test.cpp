#include "app/camera_options.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "error_matchers.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using ::testing::HasSubstr;
using testing::message_of;
using Words = std::vector<std::string>;

constexpr FrameSize kPictures{.width_px = 200, .height_px = 100};

CameraOptions options_of(const Words& words) {
  CameraOptions options;
  OptionTable table({.description = "", .usage = ""});
  add_camera_options(table, options);
  table.parse(words);
  options.validate();
  return options;
}

TEST(CameraOptions, AssumeACameraWhereNothingIsSaid) {
  const CameraOptions options = options_of({});
  EXPECT_TRUE(options.is_assumed());
  EXPECT_EQ(options.text(), "");
  EXPECT_DOUBLE_EQ(camera_of(options, kPictures).fx_px, 1.2 * 200);
}

TEST(CameraOptions, MakeTheCameraThatIsToldAndSayWhereItIsFrom) {
  const CameraOptions told = options_of({"--intrinsics", "10,20.5,3,-4"});
  EXPECT_FALSE(told.is_assumed());
  const Camera camera = camera_of(told, kPictures);
  EXPECT_DOUBLE_EQ(camera.fx_px, 10);
  EXPECT_DOUBLE_EQ(camera.fy_px, 20.5);
  EXPECT_DOUBLE_EQ(camera.cx_px, 3);
  EXPECT_DOUBLE_EQ(camera.cy_px, -4);
  EXPECT_EQ(camera.source, "--intrinsics 10,20.5,3,-4");
  const Camera by_angle = camera_of(options_of({"--fov-x", "90"}), kPictures);
  EXPECT_NEAR(by_angle.fx_px, 100, 1e-9);
  EXPECT_EQ(by_angle.source, "field of view of 90 degrees");
}

TEST(CameraOptions, AreRefusedInTheSameWordsByEveryCommand) {
  const auto refusal = [](const Words& words) {
    return message_of(ErrorKind::kUsage, [&] { options_of(words); });
  };
  EXPECT_THAT(refusal({"--intrinsics", "1,2,3"}), HasSubstr("is not four numbers, fx,fy,cx,cy"));
  EXPECT_THAT(refusal({"--intrinsics", "1,2,3,4,"}), HasSubstr("is not four numbers"));
  EXPECT_THAT(refusal({"--intrinsics", "1,2,x,4"}), HasSubstr("--intrinsics"));
  EXPECT_THAT(refusal({"--intrinsics", "1,0,3,4"}), HasSubstr("focal lengths must be above 0"));
  EXPECT_THAT(refusal({"--fov-x", "180"}), HasSubstr("--fov-x: must be above 0 and below 180"));
  EXPECT_THAT(refusal({"--camera", "c.txt", "--fov-x", "60"}),
              HasSubstr("--camera: not together with --fov-x"));
}

}  // namespace
}  // namespace rollingdepth
