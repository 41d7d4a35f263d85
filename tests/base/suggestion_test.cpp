#include "base/suggestion.hpp"

#include <gtest/gtest.h>

namespace rollingdepth {
namespace {

const std::vector<std::string> kNames = {"fast", "balanced", "quality"};

TEST(NearestName, FindsAMistypedName) {
  EXPECT_EQ(nearest_name("balnced", kNames), "balanced");
  EXPECT_EQ(nearest_name("fsat", kNames), "fast");
  EXPECT_EQ(nearest_name("qualitty", kNames), "quality");
}

TEST(NearestName, FindsNothingForAnotherWord) { EXPECT_EQ(nearest_name("xyz", kNames), ""); }

TEST(DidYouMean, IsEmptyWhereNothingIsNear) {
  EXPECT_EQ(did_you_mean("fas", kNames), " (did you mean 'fast'?)");
  EXPECT_EQ(did_you_mean("xyz", kNames), "");
}

}  // namespace
}  // namespace rollingdepth
