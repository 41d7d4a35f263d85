#include "rollingdepth/write/partial_file.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "error_matchers.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;
using testing::TemporaryFolder;

TEST(PartialFile, LiesBesideTheFinalFileUntilFinished) {
  const TemporaryFolder folder;
  PartialFile partial(folder / "a.txt");
  EXPECT_EQ(partial.final_path(), folder / "a.txt");
  std::ofstream(partial.path()) << "new";
  EXPECT_THAT(folder.names(), ElementsAre("a.txt.partial"));
  partial.finish();
  EXPECT_THAT(folder.names(), ElementsAre("a.txt"));
}

TEST(PartialFile, IsRemovedWhenNotFinished) {
  const TemporaryFolder folder;
  {
    const PartialFile partial(folder / "a.txt");
    std::ofstream(partial.path()) << "half";
  }
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(PartialFile, KeepsAnOlderFileUntilFinished) {
  const TemporaryFolder folder;
  std::ofstream(folder / "a.txt") << "old";
  const auto content = [&] {
    std::ifstream stream(folder / "a.txt");
    return std::string(std::istreambuf_iterator<char>(stream), {});
  };
  PartialFile partial(folder / "a.txt");
  std::ofstream(partial.path()) << "new";
  EXPECT_EQ(content(), "old");
  partial.finish();
  EXPECT_EQ(content(), "new");
}

TEST(PartialFile, ReportsAFileThatWasTakenAway) {
  const TemporaryFolder folder;
  PartialFile partial(folder / "a.txt");
  EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { partial.finish(); }),
              HasSubstr("was removed meanwhile"));
}

TEST(PartialFile, ReportsAFolderInItsWay) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "a.txt" / "full");
  {
    PartialFile partial(folder / "a.txt");
    std::ofstream(partial.path()) << "new";
    EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { partial.finish(); }),
                HasSubstr("cannot write " + (folder / "a.txt").string()));
  }
  EXPECT_THAT(folder.names(), ElementsAre("a.txt"));
}

TEST(PartialFile, OfAProcessThatEndsAtOnceAreRemovedTogether) {
  const TemporaryFolder folder;
  const PartialFile unfinished(folder / "a.txt");
  std::ofstream(unfinished.path()) << "half";
  std::ofstream(unfinished.path().string() + ".x1Y2z3") << "a library's temporary file";
  PartialFile finished(folder / "b.txt");
  std::ofstream(finished.path()) << "whole";
  finished.finish();
  { const auto lock = remove_partial_files(); }
  EXPECT_THAT(folder.names(), ElementsAre("b.txt"));
}

}  // namespace
}  // namespace rollingdepth
