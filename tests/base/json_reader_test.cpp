#include "base/json_reader.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>
#include <string>

#include "error_matchers.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;
using ::testing::HasSubstr;
using testing::message_of;
using testing::TemporaryFolder;

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

/// `levels` values in each other.
std::string lists(int levels) { return repeated("[", levels) + repeated("]", levels); }
std::string objects(int levels) {
  return repeated(R"({"a":)", levels) + "1" + repeated("}", levels);
}

template <class Json>
std::string refusal(const std::string& text) {
  return message_of(ErrorKind::kInput, [&] { parse_json<Json>(text); });
}

TEST(JsonReader, ReadsWhatTheLibraryReads) {
  EXPECT_EQ(parse_json<json>(R"({"a": [1, 2.5, "x", null], "b": {}})"),
            json({{"a", {1, 2.5, "x", nullptr}}, {"b", json::object()}}));
  EXPECT_EQ(parse_json<ordered_json>(R"({"b": 1, "a": 2})").begin().key(), "b");
}

TEST(JsonReader, RefusesWhatIsNoJson) {
  for (const char* text : {"", "{ no", "[1", "{\"a\": 1} more", "\xff", "[1e999]"}) {
    EXPECT_EQ(refusal<json>(text), "it is not valid JSON") << text;
  }
}

// get() would make 2 of 2.5, 1 of true, and anything of what does not fit.
TEST(JsonReader, TakesWholeNumbersThatFitOnly) {
  EXPECT_EQ(json_value<int>(json(-7)), -7);
  EXPECT_EQ(json_value<std::int64_t>(json(INT64_MIN)), INT64_MIN);
  EXPECT_EQ(json_value<std::uint64_t>(json(UINT64_MAX)), UINT64_MAX);
  EXPECT_EQ(json_value<double>(json(2.5)), 2.5);
  EXPECT_EQ(json_value<std::vector<std::int64_t>>(json({1, 2})), (std::vector<std::int64_t>{1, 2}));
  const auto refused = [](auto&& read) { return message_of(ErrorKind::kInput, read); };
  for (const json& value : {json(2.5), json(1e300), json(true), json("7"), json(nullptr),
                            json(std::int64_t{1} << 40), json(UINT64_MAX)}) {
    EXPECT_THAT(refused([&] { json_value<int>(value); }), HasSubstr("none of those")) << value;
    EXPECT_THAT(refused([&] {
                  json_value<std::vector<int>>(json({1, value}));
                }),
                HasSubstr("none of those"))
        << value;
  }
  EXPECT_THAT(refused([] { json_value<std::uint64_t>(json(-1)); }), HasSubstr("none of those"));
  EXPECT_THAT(refused([] { json_value<std::vector<int>>(json(1)); }), HasSubstr("no list"));
}

TEST(JsonReader, ReadsAsManyLevelsAsItMay) {
  EXPECT_EQ(parse_json<json>(lists(kMaxJsonDepth)).dump(), lists(kMaxJsonDepth));
  EXPECT_EQ(parse_json<json>(objects(kMaxJsonDepth)).dump(), objects(kMaxJsonDepth));
  EXPECT_THAT(refusal<json>(lists(kMaxJsonDepth + 1)), HasSubstr("nested too deeply"));
  EXPECT_THAT(refusal<json>(objects(kMaxJsonDepth + 1)), HasSubstr("nested too deeply"));
}

// No level of them is ever built: what is would be destroyed, copied and compared by recursion.
TEST(JsonReader, RefusesHundredsOfThousandsOfLevels) {
  constexpr int kLevels = 300'000;
  for (const std::string& text : {lists(kLevels), objects(kLevels), repeated("[", kLevels),
                                  R"({"identity": )" + objects(kLevels) + "}"}) {
    EXPECT_THAT(refusal<json>(text), HasSubstr("nested too deeply"));
    EXPECT_THAT(refusal<ordered_json>(text), HasSubstr("nested too deeply"));
  }
}

TEST(JsonReader, RefusesATextThatIsTooLarge) {
  EXPECT_THAT(refusal<json>(std::string(kMaxJsonBytes + 1, ' ')), HasSubstr("too large"));
}

class JsonFile : public ::testing::Test {
 protected:
  std::string refusal() const {
    return message_of(ErrorKind::kInput, [&] { read_json<json>(file_); });
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "a.json";
};

TEST_F(JsonFile, IsRead) {
  std::ofstream(file_) << R"({"a": 1})";
  EXPECT_EQ(read_json<json>(file_), json({{"a", 1}}));
}

// Without a block on the disk behind it.
TEST_F(JsonFile, IsNotReadWhereItIsTooLarge) {
  std::ofstream(file_) << "{}";
  std::filesystem::resize_file(file_, std::uintmax_t{1} << 40);
  EXPECT_THAT(refusal(), HasSubstr("too large"));
}

TEST_F(JsonFile, IsNoPipe) {
  ASSERT_EQ(mkfifo(file_.c_str(), 0600), 0);
  EXPECT_EQ(refusal(), "it is no plain file");
}

TEST_F(JsonFile, IsNamedWhereItIsMissing) {
  EXPECT_THAT(refusal(), HasSubstr("a.json: No such file"));
}

}  // namespace
}  // namespace rollingdepth
