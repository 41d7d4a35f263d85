#include "base/printable.hpp"

#include <gtest/gtest.h>

#include <string>

namespace rollingdepth {
namespace {

using namespace std::string_literals;

TEST(Printable, LeavesTextAsItIs) {
  for (const char* text :
       {"", "clip.mp4", "C:\\clips\\x1b", "größe 720×405 → 深度 🎞", "a\u00a0b"}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST(Printable, ShowsControlCharacters) {
  EXPECT_EQ(printable("\x1b[2J\x1b]0;title\x07.mp4"), R"(\x1b[2J\x1b]0;title\x07.mp4)");
  EXPECT_EQ(printable("a\nb\rc\td\be\x7f"), R"(a\nb\rc\td\x08e\x7f)");
  EXPECT_EQ(printable("nul\0!"s), R"(nul\x00!)");
  // Terminals take U+009B for the beginning of a command, as "ESC [".
  EXPECT_EQ(printable("\u009b2J\u0085"), R"(\u009b2J\u0085)");
}

TEST(Printable, KeepsLineBreaksOfTextInLines) {
  EXPECT_EQ(printable("a\n\x1b\n", LineBreaks::kKept), "a\n\\x1b\n");
}

TEST(Printable, ShowsBytesThatAreNoUtf8) {
  EXPECT_EQ(printable("caf\xe9.mp4"), R"(caf\xe9.mp4)");
  EXPECT_EQ(printable("\xff\xfe\x80"), R"(\xff\xfe\x80)");
  EXPECT_EQ(printable("cut \xe2\x86"), R"(cut \xe2\x86)");
  EXPECT_EQ(printable("\xc0\x9b"), R"(\xc0\x9b)") << "ESC in two bytes more than it needs";
  EXPECT_EQ(printable("\xe0\x82\x9b"), R"(\xe0\x82\x9b)");
  EXPECT_EQ(printable("\xf0\x80\x82\x9b"), R"(\xf0\x80\x82\x9b)");
  EXPECT_EQ(printable("\xed\xa0\x80"), R"(\xed\xa0\x80)") << "a surrogate";
  EXPECT_EQ(printable("\xf4\x90\x80\x80"), R"(\xf4\x90\x80\x80)") << "behind the last character";
  EXPECT_EQ(printable("\xf4\x8f\xbf\xbf"), "\xf4\x8f\xbf\xbf") << "the last character";
  EXPECT_EQ(printable("\xf8\x88\x80\x80\x80"), R"(\xf8\x88\x80\x80\x80)");
}

TEST(Printable, IsShortInQuotes) {
  EXPECT_EQ(in_quotes("a\n"), R"('a\n')");
  EXPECT_EQ(in_quotes(std::string(40, 'x')), "'" + std::string(40, 'x') + "'");
  EXPECT_EQ(in_quotes(std::string(41, 'x')), "'" + std::string(40, 'x') + "…'");
}

}  // namespace
}  // namespace rollingdepth
