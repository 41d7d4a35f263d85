#include "decode/picture_numbers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "base/formatted.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Files = std::vector<std::filesystem::path>;

TEST(PictureNumbers, AreThoseInWhichNamesDiffer) {
  EXPECT_THAT(picture_numbers({"in/shot.1001.exr", "in/shot.1002.exr"}),
              ElementsAre("1001", "1002"));
  EXPECT_THAT(picture_numbers({"a2_0007_v3.png", "a2_0010_v3.png"}), ElementsAre("0007", "0010"));
  EXPECT_THAT(picture_numbers({"9.png", "10.png"}), ElementsAre("9", "10"));
}

TEST(PictureNumbers, OfOneNameAreAtItsEnd) {
  EXPECT_THAT(picture_numbers({"shot.1001.exr"}), ElementsAre("1001"));
  EXPECT_THAT(picture_numbers({"4k_still.png"}), IsEmpty());
  EXPECT_THAT(picture_numbers({"still.png"}), IsEmpty());
}

TEST(PictureNumbers, AreNoneWhereNamesAreNoSeries) {
  EXPECT_THAT(picture_numbers({"a.png", "b.png"}), IsEmpty());
  EXPECT_THAT(picture_numbers({"a1.png", "b2.png"}), IsEmpty());
  EXPECT_THAT(picture_numbers({"1_1.png", "2_2.png"}), IsEmpty());
  EXPECT_THAT(picture_numbers({"1.png", "1.jpg"}), IsEmpty());
  EXPECT_THAT(picture_numbers({"1.png", "2.png", "x.png"}), IsEmpty());
  EXPECT_THAT(picture_numbers({}), IsEmpty());
}

std::string gap(const std::vector<int>& numbers) {
  Files files;
  for (const int number : numbers) files.emplace_back(formatted("f%d.png", number));
  return gap_text(files, picture_numbers(files)).value_or("none");
}

TEST(PictureNumbers, TellOfGaps) {
  EXPECT_EQ(gap({1, 2, 3}), "none");
  EXPECT_EQ(gap({1, 2, 4}),
            "1 picture is missing by number, between f2.png and f4.png; the clip goes on without a "
            "pause there");
  EXPECT_EQ(gap({1, 2, 5, 6, 7, 9}),
            "3 pictures are missing by number, in 2 places, the first between f2.png and f5.png; "
            "the clip goes on without a pause there");
}

// Every second frame of a film, or names that are times.
TEST(PictureNumbers, HaveNoGapsWhereTheyKeepAnotherStepOrNone) {
  EXPECT_EQ(gap({2, 4, 6, 8}), "none");
  EXPECT_EQ(gap({2, 4, 6, 10}),
            "1 picture is missing by number, between f6.png and f10.png; the clip goes on without "
            "a pause there");
  EXPECT_EQ(gap({100, 133, 167, 200, 234, 269, 301}), "none");
  EXPECT_EQ(gap({5}), "none");
}

}  // namespace
}  // namespace rollingdepth
