#include "app/option_table.hpp"

#include <gmock/gmock.h>

#include "error_matchers.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;

TEST(SplitWords, DividesAtBlanksOutsideOfQuotes) {
  EXPECT_THAT(split_words("  --res 256\t--seed\n7 "), ElementsAre("--res", "256", "--seed", "7"));
  EXPECT_THAT(split_words(R"(-c 'my models/a' --cmap "")"),
              ElementsAre("-c", "my models/a", "--cmap", ""));
  EXPECT_THAT(split_words(R"(--out="it's here"/x)"), ElementsAre("--out=it's here/x"));
  EXPECT_THAT(split_words(" "), IsEmpty());
}

TEST(SplitWords, RefusesAQuoteThatIsNotClosed) {
  for (const char* text : {"--cmap 'jet", "\"", "a \"b' c"}) {
    EXPECT_THAT(message_of(ErrorKind::kUsage, [&] { split_words(text); }),
                HasSubstr("is not closed"))
        << text;
  }
}

TEST(OptionTable, RefusesTwoOfWhatIsGivenOnce) {
  std::string clip;
  const auto parse = [&](const std::vector<std::string>& words) {
    OptionTable table({.description = "", .usage = ""});
    table.once("-i,--input", "CLIP", "", "", [&](const std::string& word) { clip = word; });
    table.parse(words);
  };
  parse({"-i", "a.mp4"});
  EXPECT_EQ(clip, "a.mp4");
  EXPECT_EQ(message_of(ErrorKind::kUsage,
                       [&] {
                         parse({"-i", "a.mp4", "--input", "b.mp4"});
                       }),
            "--input: one at a time, not also 'b.mp4'");
}

}  // namespace
}  // namespace rollingdepth
