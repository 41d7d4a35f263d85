#include "app/depth_origin.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "error_matchers.hpp"
#include "rollingdepth/error.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::HasSubstr;
using testing::message_of;
using testing::TemporaryFolder;

constexpr const char* kReport =
    R"({"input": {"width": 640, "height": 360, "frame_rate": "30000/1001"},
        "result": {"values": "metres"}, "outputs": ["a_b_pred.npy", "a_b_png16"]})";

TEST(DepthOrigin, IsTheReportThatNamesTheClip) {
  const TemporaryFolder folder;
  std::ofstream(folder / "a_b_report.json") << kReport;
  for (const char* name : {"a_b_pred.npy", "a_b_png16", "a_b_png16/"}) {
    const DepthOrigin origin = depth_origin(folder / name);
    ASSERT_TRUE(origin.report && origin.input && origin.values && origin.frames_per_second) << name;
    EXPECT_EQ(*origin.input, (FrameSize{.width_px = 640, .height_px = 360}));
    EXPECT_EQ(*origin.values, DepthValues::kMetres);
    EXPECT_NEAR(*origin.frames_per_second, 29.97, 0.001);
  }
  EXPECT_FALSE(depth_origin(folder / "a_b_other.npy").report.has_value());
  EXPECT_FALSE(depth_origin(folder / "c_pred.npy").report.has_value());
}

TEST(DepthOrigin, TakesTheValuesOfPicturesFromTheirDescription) {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "png");
  std::ofstream(folder / "png" / "depth.json") << R"({"values": "metres", "min": 0, "scale": 1})";
  const DepthOrigin origin = depth_origin(folder / "png");
  EXPECT_EQ(origin.values, DepthValues::kMetres);
  EXPECT_FALSE(origin.input.has_value());
}

TEST(DepthOrigin, TellsWhichFramesOfTheVideoTheRunTook) {
  const TemporaryFolder folder;
  const auto write = [&](const std::string& identity) {
    std::ofstream(folder / "a_report.json")
        << R"({"input": {"width": 8, "height": 6, "frame_rate": "0/1"}, "result": {},)"
        << R"("outputs": ["a_pred.npy"])" << identity << "}";
  };
  write(R"(, "identity": {"start_frame": 7, "deinterlace": true, "target_fps": "25/2"})");
  const DepthOrigin origin = depth_origin(folder / "a_pred.npy");
  ASSERT_TRUE(origin.frames && origin.frames->target_rate);
  EXPECT_EQ(origin.frames->first, 7);
  EXPECT_TRUE(origin.frames->deinterlaces);
  EXPECT_DOUBLE_EQ(origin.frames->target_rate->value(), 12.5);
  EXPECT_EQ(origin.values, DepthValues::kAffineInverse);
  EXPECT_EQ(origin.values_from, "a_report.json");
  EXPECT_FALSE(origin.frames_per_second.has_value());
  EXPECT_FALSE(origin.is_reduced);
  write(R"(, "identity": {"start_frame": 0, "max_res": 8})");
  EXPECT_TRUE(depth_origin(folder / "a_pred.npy").is_reduced);
  write(R"(, "identity": {"start_frame": 0, "max_res": 10})");
  EXPECT_FALSE(depth_origin(folder / "a_pred.npy").is_reduced);
  write(R"(, "identity": {"start_frame": -1})");
  EXPECT_EQ(depth_origin(folder / "a_pred.npy").frames->first, 0);
  write("");
  EXPECT_FALSE(depth_origin(folder / "a_pred.npy").frames.has_value());
  write(R"(, "identity": {"start_frame": 0, "target_fps": "often"})");
  EXPECT_THAT(message_of(ErrorKind::kInput, [&] { depth_origin(folder / "a_pred.npy"); }),
              HasSubstr("a_report.json: its target_fps"));
}

TEST(DepthValues, AreThoseOfTheOriginWhichNobodyContradicts) {
  EXPECT_EQ(depth_values({}, std::nullopt), DepthValues::kRelativeInverse);
  EXPECT_EQ(depth_values({}, DepthValues::kMetres), DepthValues::kMetres);
  DepthOrigin origin;
  origin.values = DepthValues::kAffineInverse;
  origin.values_from = "a_report.json";
  // --values inverse is of any kind.
  EXPECT_EQ(depth_values(origin, DepthValues::kRelativeInverse), DepthValues::kAffineInverse);
  EXPECT_THAT(message_of(ErrorKind::kUsage, [&] { depth_values(origin, DepthValues::kMetres); }),
              HasSubstr("--values: a_report.json says that the depth is affine-invariant"));
}

TEST(DepthOrigin, IsRefusedWhereTheReportIsDamaged) {
  const TemporaryFolder folder;
  for (const char* text :
       {"{", R"({"outputs": 3})", R"({"outputs": ["a_pred.npy"], "input": {}})"}) {
    std::ofstream(folder / "a_report.json") << text;
    const bool names_nothing = std::string(text).find('3') != std::string::npos;
    if (names_nothing) {
      EXPECT_FALSE(depth_origin(folder / "a_pred.npy").report.has_value());
      continue;
    }
    EXPECT_THAT(message_of(ErrorKind::kInput, [&] { depth_origin(folder / "a_pred.npy"); }),
                HasSubstr("a_report.json"));
  }
}

}  // namespace
}  // namespace rollingdepth
