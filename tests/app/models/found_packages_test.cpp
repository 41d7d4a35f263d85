#include "app/models/found_packages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "app/models/known_checkpoints.hpp"
#include "data_file.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using testing::data_file;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;
using testing::TemporaryFolder;

class FoundPackages : public ::testing::Test {
 protected:
  [[nodiscard]] ModelPlaces places() const {
    return {.chosen = {},
            .environment = {},
            .installed = folder_ / "installed",
            .source = folder_ / "source"};
  }
  /// A copy of a package whose networks are there.
  fs::path copy_package(const std::string& name) const {
    fs::create_directories((folder_ / name).parent_path());
    fs::copy(data_file("models/a"), folder_ / name);
    return folder_ / name;
  }

  TemporaryFolder folder_;
};

TEST_F(FoundPackages, AreAllOfAllPlacesWithWhatModelJsonSays) {
  const fs::path installed = copy_package("installed/one");
  const fs::path source = copy_package("source/other");
  const auto packages = found_packages(places());
  ASSERT_THAT(packages, SizeIs(2));
  EXPECT_EQ(packages[0].folder, installed);
  EXPECT_EQ(packages[0].name, "untrained-reference-a");
  EXPECT_EQ(packages[0].kind, "rollingdepth");
  EXPECT_EQ(packages[0].license, "Apache-2.0");
  EXPECT_EQ(packages[0].bytes, package_bytes(data_file("models/a")));
  EXPECT_EQ(packages[0].fault, "");
  EXPECT_TRUE(packages[0].is_default);
  EXPECT_EQ(packages[1].folder, source);
  EXPECT_FALSE(packages[1].is_default);
}

TEST_F(FoundPackages, KnowTheOtherKinds) {
  ModelPlaces other = places();
  for (const auto& [folder, kind] :
       {std::pair("vda/model", "video-depth-anything"), std::pair("gem/model", "gemdepth")}) {
    other.environment = data_file(folder);
    const auto packages = found_packages(other);
    ASSERT_THAT(packages, SizeIs(1));
    EXPECT_EQ(packages[0].kind, kind);
    EXPECT_EQ(packages[0].fault, "");
  }
}

TEST_F(FoundPackages, SayWhatIsWrongWithBrokenOnes) {
  fs::remove(copy_package("source/incomplete") / "unet.ts");
  std::ofstream(copy_package("source/longer") / "unet.ts", std::ios::app) << "more";
  fs::create_directories(folder_ / "source/text");
  std::ofstream(folder_ / "source/text/model.json") << "no JSON";
  fs::create_directories(folder_ / "source/no package");
  const auto packages = found_packages(places());
  ASSERT_THAT(packages, SizeIs(3));
  EXPECT_THAT(packages[0].fault, HasSubstr("'unet.ts' is missing"));
  EXPECT_EQ(packages[0].name, "untrained-reference-a");
  EXPECT_THAT(packages[1].fault, HasSubstr("copy the package again"));
  EXPECT_THAT(packages[2].fault, HasSubstr("it is not valid JSON"));
  EXPECT_THAT(packages[2].fault, HasSubstr((folder_ / "source/text").string()));
  EXPECT_EQ(packages[2].name, "text");
  EXPECT_EQ(packages[2].kind, "");
}

TEST_F(FoundPackages, AreListedWhereALinkInOneLeadsInACircle) {
  fs::create_symlink("circle", copy_package("source/one") / "circle");
  const auto packages = found_packages(places());
  ASSERT_THAT(packages, SizeIs(1));
  EXPECT_EQ(packages[0].fault, "");
  EXPECT_EQ(packages[0].bytes, package_bytes(data_file("models/a")));
}

TEST_F(FoundPackages, AreListedOnceWherePlacesAreTheSame) {
  copy_package("source/one");
  ModelPlaces same = places();
  same.environment = folder_ / "source";
  fs::create_directory_symlink(folder_ / "source", folder_ / "installed");
  EXPECT_THAT(found_packages(same), SizeIs(1));
}

TEST(KnownCheckpoints, HaveCommandsThatLeaveTheFileThatIsImported) {
  ASSERT_THAT(known_checkpoints(), SizeIs(8));
  for (const KnownCheckpoint& known : known_checkpoints()) {
    if (!known.download.empty()) {
      EXPECT_TRUE(known.download.ends_with(known.file)) << known.download;
      EXPECT_THAT(std::string(known.page), StartsWith("https://huggingface.co/"));
    }
    EXPECT_THAT(import_command(known), HasSubstr(std::string(known.file) + " my-models/"));
  }
}

}  // namespace
}  // namespace rollingdepth
