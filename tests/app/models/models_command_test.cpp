#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "app/program.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::Contains;
using testing::data_file;
using ::testing::HasSubstr;
using testing::lines_of;
using testing::ProgramResult;
using testing::run_program;
using ::testing::StartsWith;
using testing::TemporaryFolder;

TEST(ModelsCommand, ListsPackagesAndTheCommandsThatFetchOthers) {
  const TemporaryFolder folder;
  const ProgramResult result = run_program(folder.path(), {"models"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err, "");
  const std::vector<std::string> lines = lines_of(result.out);
  EXPECT_THAT(lines, Contains(StartsWith("*  untrained-reference-a  rollingdepth")));
  EXPECT_THAT(lines, Contains(HasSubstr(data_file("models/a").string())));
  EXPECT_THAT(lines, Contains(StartsWith("   default")));
  EXPECT_THAT(lines,
              Contains("   rollingdepth import video_depth_anything_vits.pth my-models/vda-small"));
  EXPECT_THAT(lines, Contains(StartsWith("   curl -fLO https://huggingface.co/depth-anything/")));
}

TEST(ModelsCommand, GivesTheSameToScripts) {
  const TemporaryFolder folder;
  const ProgramResult result = run_program(folder.path(), {"models", "--json"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  const auto json = nlohmann::json::parse(result.out);
  const auto& package = json.at("packages").at(0);
  EXPECT_EQ(package.at("path"), data_file("models/a").string());
  EXPECT_EQ(package.at("kind"), "rollingdepth");
  EXPECT_EQ(package.at("default"), true);
  EXPECT_TRUE(package.at("fault").is_null());
  EXPECT_GT(package.at("bytes").get<int>(), 0);
  const auto& checkpoints = json.at("checkpoints");
  ASSERT_EQ(checkpoints.size(), 8U);
  EXPECT_EQ(checkpoints.at(1).at("license"), "Apache-2.0");
  // What nobody has written down is not made up.
  EXPECT_TRUE(checkpoints.at(7).at("license").is_null());
  EXPECT_TRUE(checkpoints.at(7).at("download").is_null());
}

TEST(ModelsCommand, TakesNothingElse) {
  const TemporaryFolder folder;
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"models", "default"}, {"models", "--jsn"}}) {
    const ProgramResult result = run_program(folder.path(), words);
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(lines_of(result.err).size(), 1U) << result.err;
    EXPECT_EQ(result.out, "");
  }
}

}  // namespace
}  // namespace rollingdepth
