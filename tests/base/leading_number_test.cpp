#include "base/leading_number.hpp"

#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <string>

namespace rollingdepth {
namespace {

// The standard's function, where there is one, is the measure.
TEST(LeadingNumber, ReadsWhatFromCharsReads) {
#ifdef __GLIBCXX__
  for (const std::string text : {"0",     "12",    "-12.5", ".5",  "5.",
                                 "1e3",   "1e-3x", "1E+2",  "1e",  "1e+",
                                 "1.5.2", "64M",   "2Gi",   "",    "-",
                                 ".",     "-.",    "e3",    "+1",  " 1",
                                 "x",     "0x10",  "1,5",   "0.1", "123456789.123456789"}) {
    for (const bool exponents : {false, true}) {
      double expected = 0;
      const auto [end, problem] =
          std::from_chars(text.data(), text.data() + text.size(), expected,
                          exponents ? std::chars_format::general : std::chars_format::fixed);
      const auto number = leading_number(text, exponents);
      ASSERT_EQ(number.has_value(), problem == std::errc()) << text;
      if (!number) continue;
      EXPECT_EQ(number->value, expected) << text;
      EXPECT_EQ(number->length, static_cast<std::size_t>(end - text.data())) << text;
    }
  }
#endif
  EXPECT_EQ(leading_number("-2.5e1 m", true)->value, -25);
  EXPECT_EQ(leading_number("-2.5e1 m", false)->length, 4U);
  EXPECT_FALSE(leading_number("inf", true).has_value());
  EXPECT_TRUE(std::isinf(leading_number("1e999", true)->value));
}

}  // namespace
}  // namespace rollingdepth
