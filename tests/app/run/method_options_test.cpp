#include "app/run/method_options.hpp"

#include <gmock/gmock.h>

#include "app/command_line.hpp"
#include "error_matchers.hpp"
#include "method/rolling_depth/model.hpp"

namespace rollingdepth {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;

constexpr const char* kOther = "another-kind";

std::vector<std::string> given(const std::vector<std::string>& words) {
  std::vector<std::string> arguments = {"-i", "clip.mp4"};
  arguments.insert(arguments.end(), words.begin(), words.end());
  return parse_command_line(arguments).options.given;
}

TEST(MethodOptions, AreKnownByTheirLongNameHoweverTheyAreGiven) {
  EXPECT_THAT(given({"-d", "1", "2", "--res=64", "--no-cap-dilation"}),
              AllOf(Contains("--dilations"), Contains("--res"), Contains("--cap-dilation")));
  EXPECT_THAT(given({}), ElementsAre("--input"));
}

TEST(MethodOptions, RefuseThoseOfAnotherMethodByName) {
  EXPECT_NO_THROW(refuse_foreign_options(kRollingDepthKind, given({"-d", "1", "2"})));
  EXPECT_THAT(message_of(ErrorKind::kUsage,
                         [&] {
                           refuse_foreign_options(kOther, given({"-d", "1", "2"}));
                         }),
              AllOf(HasSubstr("--dilations: "), HasSubstr(kRollingDepthKind), HasSubstr(kOther)));
}

// The first command of the README runs with any package.
TEST(MethodOptions, TellThatPresetAndQualityHaveNoEffect) {
  const std::vector<std::string> words = given({"-p", "fast", "-q", "fast", "--res", "64"});
  EXPECT_NO_THROW(refuse_foreign_options(kOther, words));
  EXPECT_THAT(options_without_effect(kOther, words),
              ElementsAre(HasSubstr("--preset"), HasSubstr("--quality")));
  EXPECT_THAT(options_without_effect(kRollingDepthKind, words), IsEmpty());
}

// A name that no option has would refuse nothing.
TEST(MethodOptions, AreOptionsOfTheCommandLine) {
  const std::string help = parse_command_line({"--help"}).help;
  ASSERT_FALSE(options_of(kRollingDepthKind).empty());
  for (const std::string& name : options_of(kRollingDepthKind)) {
    EXPECT_THAT(help, HasSubstr(name)) << name;
  }
}

}  // namespace
}  // namespace rollingdepth
