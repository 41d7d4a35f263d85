#include "app/model_search.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "error_matchers.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::message_of;
using testing::TemporaryFolder;

class ModelSearch : public ::testing::Test {
 protected:
  fs::path make_package(const std::string& name) {
    fs::create_directories(folder_ / name);
    std::ofstream(folder_ / name / "model.json") << "{}";
    return folder_ / name;
  }
  ModelPlaces places() {
    return {.chosen = {},
            .environment = {},
            .installed = folder_ / "installed",
            .source = folder_ / "source"};
  }
  TemporaryFolder folder_;
};

TEST_F(ModelSearch, PrefersTheInstalledTreeToTheSources) {
  const fs::path source = make_package("source/default");
  EXPECT_EQ(find_model(places()), source);
  const fs::path installed = make_package("installed/default");
  EXPECT_EQ(find_model(places()), installed);
}

TEST_F(ModelSearch, PrefersThePackageNamedDefaultElseTheFirst) {
  make_package("source/beta");
  const fs::path alpha = make_package("source/alpha");
  EXPECT_EQ(find_model(places()), alpha);
  const fs::path standard = make_package("source/default");
  EXPECT_EQ(find_model(places()), standard);
}

TEST_F(ModelSearch, TakesAPackageOrAFolderOfPackagesFromTheEnvironment) {
  make_package("installed/default");
  const fs::path mine = make_package("mine/special");
  ModelPlaces searched = places();
  searched.environment = folder_ / "mine";
  EXPECT_EQ(find_model(searched), mine);
  searched.environment = mine;
  EXPECT_EQ(find_model(searched), mine);
  searched.environment = folder_ / "mistyped";
  EXPECT_THAT(message_of(ErrorKind::kModel, [&] { find_model(searched); }),
              AllOf(HasSubstr("mistyped"), HasSubstr("ROLLINGDEPTH_MODELS")));
}

TEST_F(ModelSearch, TakesAChosenFolderOrTheNameOfAPackage) {
  const fs::path source = make_package("source/small");
  const fs::path mine = make_package("mine");
  ModelPlaces searched = places();
  searched.chosen = mine;
  EXPECT_EQ(find_model(searched), mine);
  searched.chosen = "small";
  EXPECT_EQ(find_model(searched), source);
  searched.chosen = "smal";
  EXPECT_THAT(message_of(ErrorKind::kModel, [&] { find_model(searched); }),
              AllOf(HasSubstr("smal: no such folder"), HasSubstr("did you mean 'small'")));
}

TEST_F(ModelSearch, TellsADiffusersCheckpointFromAPackage) {
  fs::create_directories(folder_ / "checkpoint" / "unet");
  ModelPlaces searched = places();
  searched.chosen = folder_ / "checkpoint";
  EXPECT_THAT(message_of(ErrorKind::kModel, [&] { find_model(searched); }),
              HasSubstr("`rollingdepth import "));
}

TEST_F(ModelSearch, NamesTheImportAsAShellTakesIt) {
  fs::create_directories(folder_ / "it's v1.0" / "unet");
  ModelPlaces searched = places();
  searched.chosen = folder_ / "it's v1.0" / ".";
  EXPECT_THAT(message_of(ErrorKind::kModel, [&] { find_model(searched); }),
              AllOf(HasSubstr("`rollingdepth import '" + (folder_ / "it'\\''s v1.0/.' ").string()),
                    HasSubstr(" 'models/it'\\''s v1.0'` makes one")));
}

TEST_F(ModelSearch, TellsAFileFromAFolder) {
  std::ofstream(folder_ / "model.safetensors") << "x";
  ModelPlaces searched = places();
  searched.chosen = folder_ / "model.safetensors";
  EXPECT_THAT(message_of(ErrorKind::kModel, [&] { find_model(searched); }),
              HasSubstr("it is no folder"));
}

TEST_F(ModelSearch, NamesWhereItLookedWhenThereIsNone) {
  EXPECT_THAT(message_of(ErrorKind::kModel, [&] { find_model(places()); }),
              AllOf(HasSubstr("installed"), HasSubstr("source"), HasSubstr("--checkpoint")));
}

}  // namespace
}  // namespace rollingdepth
