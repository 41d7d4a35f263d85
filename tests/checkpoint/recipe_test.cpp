#include "checkpoint/recipe.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "../error_matchers.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using testing::message_of;

/// 0, 1, ... of the shape.
at::Tensor counted(at::IntArrayRef shape) {
  return at::arange(c10::multiply_integers(shape), at::kFloat).reshape(shape);
}

/// "x" is [2, 3], "y" [2, 1], "z" [2, 2, 1, 2].
RecipeSources sources() {
  return {.weight =
              [](const std::vector<std::string>& names) {
                if (names.back() == "y") return counted({2, 1});
                return names.back() == "z" ? counted({2, 2, 1, 2}) : counted({2, 3});
              },
          .run =
              [](const std::string& network, const std::string& part, const json& arguments) {
                EXPECT_EQ(network + "/" + part, "camera/features");
                return counted({static_cast<std::int64_t>(arguments.size())});
              },
          .most_numbers = 8};
}

at::Tensor made(const char* recipe) { return make_weight(json::parse(recipe), sources()); }

TEST(Recipe, TakesAWeightByAnyOfItsNames) {
  EXPECT_TRUE(at::equal(made(R"(["take", "a", "y"])"), counted({2, 1})));
}

TEST(Recipe, ChangesShapes) {
  EXPECT_TRUE(at::equal(made(R"(["reshape", ["take", "x"], [3, 2]])"), counted({3, 2})));
  EXPECT_TRUE(at::equal(made(R"(["permute", ["take", "z"], [3, 0, 1, 2]])"),
                        counted({2, 2, 1, 2}).permute({3, 0, 1, 2})));
  EXPECT_TRUE(at::equal(made(R"(["rows", ["take", "x"], 1, 2])"), counted({2, 3}).slice(0, 1, 2)));
  EXPECT_TRUE(at::equal(made(R"(["repeat", ["reshape", ["take", "y"], [2]], 2])"),
                        at::tensor({0.F, 1.F, 0.F, 1.F})));
}

TEST(Recipe, JoinsWeights) {
  EXPECT_TRUE(at::equal(made(R"(["mul", ["take", "x"], ["take", "y"]])"),
                        counted({2, 3}) * counted({2, 1})));
  EXPECT_TRUE(at::equal(made(R"(["cat", 1, ["take", "x"], ["take", "y"]])"),
                        at::cat({counted({2, 3}), counted({2, 1})}, 1)));
}

TEST(Recipe, RunsANetwork) {
  EXPECT_TRUE(at::equal(made(R"(["run", "camera", "features", [[[0]], [[1]]]])"), counted({2})));
}

TEST(Recipe, RefusesWhatIsNone) {
  for (const char* recipe :
       {R"(["turn", ["take", "x"]])", "[]", R"({"take": "x"})", R"(["rows", ["take", "x"], 1])",
        R"(["rows", ["take", "x"], 1.5, 2])", R"(["reshape", ["take", "x"], [4, 2]])",
        R"(["permute", ["take", "x"], [0, 7]])", R"(["cat", 0, ["take", "x"], ["take", "z"]])"}) {
    EXPECT_THROW(made(recipe), Error) << recipe;
  }
  EXPECT_THAT(message_of(ErrorKind::kModel, [] { (void)made(R"(["turn", ["take", "x"]])"); }),
              HasSubstr("'turn'"));
}

TEST(Recipe, MakesNothingLargerThanTheWeight) {
  for (const char* recipe :
       {R"(["repeat", ["reshape", ["take", "y"], [2]], 1000000000000])",
        R"(["rows", ["repeat", ["reshape", ["take", "y"], [2]], 5], 0, 2])",
        R"(["repeat", ["reshape", ["take", "y"], [2]], 9223372036854775807])",
        R"(["mul", ["reshape", ["take", "x"], [6, 1]], ["reshape", ["take", "y"], [1, 2]]])",
        R"(["cat", 1, ["take", "x"], ["take", "x"]])"}) {
    EXPECT_THAT(message_of(ErrorKind::kModel, [&] { (void)made(recipe); }),
                HasSubstr("more numbers than the weight"))
        << recipe;
  }
}

}  // namespace
}  // namespace rollingdepth
