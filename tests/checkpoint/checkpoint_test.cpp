#include "checkpoint/checkpoint.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "../data_file.hpp"
#include "../error_matchers.hpp"
#include "../temporary_folder.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using testing::data_file;
using ::testing::HasSubstr;
using testing::message_of;

// What a template copies becomes part of a package, which others get.
TEST(CheckpointSettings, AreReadWithinTheCheckpointOnly) {
  const testing::TemporaryFolder folder;
  std::ofstream(folder / "secret.json") << R"({"token": "x"})";
  fs::copy(data_file("vda/tiny.pth"), folder / "tiny.pth");
  for (const fs::path& path : {fs::path(data_file("checkpoints/b")), folder / "tiny.pth"}) {
    const Checkpoint checkpoint(path);
    for (const std::string& file :
         {(folder / "secret.json").string(), std::string("../checkpoints/a/unet/config.json"),
          std::string("unet/../../a/unet/config.json"), std::string()}) {
      EXPECT_THAT(message_of(ErrorKind::kModel, [&] { (void)checkpoint.settings(file); }),
                  HasSubstr("outside of the checkpoint"))
          << file;
    }
  }
  EXPECT_NO_THROW((void)Checkpoint(data_file("checkpoints/b")).settings("unet/config.json"));
}

TEST(CheckpointName, IsThatOfTheFolderOrOfTheFileWithoutItsExtension) {
  const testing::TemporaryFolder folder;
  fs::create_directories(folder / "v1.0/unet");
  std::ofstream(folder / "small.v2.pth") << "x";
  EXPECT_EQ(checkpoint_name(folder / "v1.0"), "v1.0");
  EXPECT_EQ(checkpoint_name(folder / "v1.0/"), "v1.0");
  EXPECT_EQ(checkpoint_name(folder / "v1.0/."), "v1.0");
  EXPECT_EQ(checkpoint_name(folder / "v1.0/unet/.."), "v1.0");
  EXPECT_EQ(checkpoint_name(folder / "small.v2.pth"), "small.v2");
}

}  // namespace
}  // namespace rollingdepth
