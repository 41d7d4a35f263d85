#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "clip_maker.hpp"
#include "decode/video_reader.hpp"
#include "decoded_clip.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using testing::error_of;
using testing::TemporaryFolder;
using testing::write_bytes;

class ImagePattern : public ::testing::Test {
 protected:
  std::vector<std::string> matches(const std::string& pattern) {
    std::vector<std::string> names;
    for (const fs::path& file : expand_image_pattern((folder_.path() / pattern).string())) {
      EXPECT_EQ(file.parent_path(), folder_.path());
      names.push_back(file.filename().string());
    }
    return names;
  }
  void touch(const std::vector<std::string>& names) {
    for (const std::string& name : names) write_bytes(folder_ / name, {'x'});
  }
  ErrorKind kind_of_failure(const std::string& pattern) {
    return error_of([&] { matches(pattern); }).kind;
  }

 private:
  TemporaryFolder folder_;
};

TEST_F(ImagePattern, SortsByNumberAndAllowsGaps) {
  touch({"f10.png", "f9.png", "f2.png", "f1000.png", "f0.png", "f.png", "fx.png", "f3.jpg",
         "f07.png"});
  EXPECT_THAT(matches("f%d.png"),
              ElementsAre("f0.png", "f2.png", "f9.png", "f10.png", "f1000.png"));
}

TEST_F(ImagePattern, PadsAsPrintfDoes) {
  touch({"0001.png", "0002.png", "10000.png", "3.png", "00004.png", "0005.png.bak"});
  EXPECT_THAT(matches("%04d.png"), ElementsAre("0001.png", "0002.png", "10000.png"));
}

TEST_F(ImagePattern, ReadsDoubledPercentAsPercent) {
  touch({"50%_1.png", "50%_2.png"});
  EXPECT_THAT(matches("50%%_%d.png"), ElementsAre("50%_1.png", "50%_2.png"));
}

TEST_F(ImagePattern, RefusesWhatIsNoPattern) {
  for (const char* pattern :
       {"a.png", "%d_%d.png", "%s.png", "%4d.png", "a%", "%%d.png", "%099d.png"}) {
    EXPECT_EQ(kind_of_failure(pattern), ErrorKind::kUsage) << pattern;
  }
}

TEST_F(ImagePattern, FailsWhereNothingMatches) {
  EXPECT_EQ(kind_of_failure("f%d.png"), ErrorKind::kInput);
  EXPECT_EQ(kind_of_failure("nowhere/f%d.png"), ErrorKind::kInput);
}

}  // namespace
}  // namespace rollingdepth
