#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "error_matchers.hpp"
#include "rollingdepth/error.hpp"
#include "shots/cut_detector.hpp"

namespace rollingdepth {
namespace {

using ::testing::HasSubstr;

std::string refusal_of(const CutOptions& options, const std::string& prefix = "--") {
  try {
    options.validate(prefix);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "taken";
}

TEST(CutOptions, HaveTheDefaultsThatThePublishedBenchmarkFoundBest) {
  const CutOptions options;
  EXPECT_EQ(options.threshold, 3.5);
  EXPECT_EQ(options.window, 3);
  EXPECT_EQ(options.least_content, 15);
  EXPECT_EQ(options.least_seconds, 0.6);
  EXPECT_EQ(refusal_of(options), "taken");
}

TEST(CutOptions, RefuseEachValueThatMeansNothing) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double value : {0.0, -1.0, nan}) {
    EXPECT_THAT(refusal_of({.threshold = value}), HasSubstr("--threshold: "));
  }
  for (const std::int64_t value : {0, -3, 1001}) {
    EXPECT_THAT(refusal_of({.window = value}), HasSubstr("--window: "));
  }
  for (const double value : {-1.0, 256.0, nan}) {
    EXPECT_THAT(refusal_of({.least_content = value}), HasSubstr("--least-content: "));
    EXPECT_THAT(refusal_of({.fade_luma = value}), HasSubstr("--fade-luma: "));
  }
  for (const double value : {-0.1, 3601.0, nan}) {
    EXPECT_THAT(refusal_of({.least_seconds = value}), HasSubstr("--least-seconds: "));
  }
  for (const std::int64_t value : {-1, 6}) {
    EXPECT_THAT(refusal_of({.flash_frames = value}), HasSubstr("--flash-frames: "));
  }
}

TEST(CutOptions, AreNamedAsTheCommandNamesThem) {
  EXPECT_THAT(refusal_of({.window = 0}, "--scene-"), HasSubstr("--scene-window: "));
}

TEST(CutOptions, ComeBackFromTheirSettings) {
  const CutOptions options{.threshold = 2.5,
                           .window = 2,
                           .least_content = 10.5,
                           .least_seconds = 0.25,
                           .fade_luma = 0,
                           .flash_frames = 1};
  CutOptions read;
  const Settings settings = options.settings();
  for (const auto& [name, value] : settings.items()) {
    EXPECT_TRUE(read.set(name, value)) << name;
  }
  EXPECT_EQ(read, options);
  EXPECT_FALSE(read.set("speed", 1));
  EXPECT_THROW(read.set("window", "wide"), Error);
}

}  // namespace
}  // namespace rollingdepth
