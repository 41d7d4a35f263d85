#include "base/partial_file.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>

#include "base/file_descriptor.hpp"
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
  std::filesystem::remove(partial.path());
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

// A folder `name` that holds one file with this text.
void make_folder(const std::filesystem::path& name, const std::string& text) {
  std::filesystem::create_directories(name);
  std::ofstream(name / (text + ".txt")) << text;
}

TEST(PartialFile, MayBeAFolderAndReplaceAnOlderOne) {
  const TemporaryFolder folder;
  make_folder(folder / "a", "old");
  PartialFile partial(folder / "a", PartialKind::kFolder);
  make_folder(partial.path(), "new");
  EXPECT_TRUE(std::filesystem::exists(folder / "a/old.txt"));
  partial.finish();
  EXPECT_THAT(folder.names(), ElementsAre("a"));
  EXPECT_TRUE(std::filesystem::exists(folder / "a/new.txt"));
  EXPECT_FALSE(std::filesystem::exists(folder / "a/old.txt"));
}

TEST(PartialFile, FolderIsRemovedWithItsFilesWhenNotFinished) {
  const TemporaryFolder folder;
  make_folder(folder / "a", "old");
  {
    const PartialFile partial(folder / "a", PartialKind::kFolder);
    make_folder(partial.path(), "half");
  }
  EXPECT_THAT(folder.names(), ElementsAre("a"));
  EXPECT_TRUE(std::filesystem::exists(folder / "a/old.txt"));
}

TEST(PartialFile, FolderDoesNotReplaceAFile) {
  const TemporaryFolder folder;
  std::ofstream(folder / "a") << "a file";
  {
    PartialFile partial(folder / "a", PartialKind::kFolder);
    make_folder(partial.path(), "new");
    EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { partial.finish(); }),
                HasSubstr("cannot write " + (folder / "a").string() + ": Not a directory"));
  }
  EXPECT_THAT(folder.names(), ElementsAre("a"));
}

// A run that ended between the two renames of finish().
TEST(PartialFile, OlderFolderThatStillStandsAsideGoesWithTheNextOne) {
  const TemporaryFolder folder;
  make_folder(folder / "a.replaced", "old");
  PartialFile partial(folder / "a", PartialKind::kFolder);
  make_folder(partial.path(), "new");
  partial.finish();
  EXPECT_THAT(folder.names(), ElementsAre("a"));
  EXPECT_TRUE(std::filesystem::exists(folder / "a/new.txt"));
}

TEST(PartialFile, OfAProcessThatEndsAtOnceAreRemovedTogether) {
  const TemporaryFolder folder;
  const PartialFile unfinished(folder / "a.txt");
  std::ofstream(unfinished.path()) << "half";
  std::ofstream(unfinished.path().string() + ".x1Y2z3") << "a library's temporary file";
  const PartialFile unfinished_folder(folder / "c", PartialKind::kFolder);
  make_folder(unfinished_folder.path(), "half");
  PartialFile finished(folder / "b.txt");
  std::ofstream(finished.path()) << "whole";
  finished.finish();
  { const auto lock = remove_partial_files(); }
  EXPECT_THAT(folder.names(), ElementsAre("b.txt"));
}

TEST(PartialFile, IsWrittenByOneAtATime) {
  const TemporaryFolder folder;
  {
    PartialFile first(folder / "a.txt");
    std::ofstream(first.path()) << "first";
    EXPECT_EQ(message_of(ErrorKind::kOutput, [&] { PartialFile(folder / "a.txt"); }),
              "cannot write " + (folder / "a.txt").string() + ": another process is writing it");
    EXPECT_THAT(folder.names(), ElementsAre("a.txt.partial"));
    first.finish();
    // The name is free again, whatever of the first is still there.
    PartialFile next(folder / "a.txt");
    std::ofstream(next.path()) << "next";
    next.finish();
  }
  EXPECT_THAT(folder.names(), ElementsAre("a.txt"));
}

// Whoever has put them there: nothing is written through a link, and no pipe waited for.
TEST(PartialFile, TakesThePlaceOfALinkOrAPipe) {
  const TemporaryFolder folder;
  std::ofstream(folder / "precious") << "mine";
  std::filesystem::create_symlink(folder / "precious", folder / "a.txt.partial");
  ASSERT_EQ(::mkfifo((folder / "b.txt.partial").c_str(), 0600), 0);
  for (const char* name : {"a.txt", "b.txt"}) {
    PartialFile partial(folder / name);
    std::ofstream(partial.path()) << "new";
    partial.finish();
    EXPECT_TRUE(std::filesystem::is_regular_file(std::filesystem::symlink_status(folder / name)));
  }
  EXPECT_EQ(std::filesystem::file_size(folder / "precious"), 4U);
}

// A link that appears while the networks run.
TEST(FileDescriptor, WritesThroughNoLink) {
  const TemporaryFolder folder;
  std::filesystem::create_symlink(folder / "elsewhere", folder / "link");
  ASSERT_EQ(::mkfifo((folder / "pipe").c_str(), 0600), 0);
  for (const char* name : {"link", "pipe"}) {
    const std::string refusal = (folder / name).string() + ": it is a link or a pipe";
    EXPECT_THAT(
        message_of(ErrorKind::kOutput, [&] { FileDescriptor::open_to_write(folder / name); }),
        HasSubstr(refusal));
    EXPECT_THAT(
        message_of(ErrorKind::kOutput, [&] { FileDescriptor::open_to_update(folder / name); }),
        HasSubstr(refusal));
  }
  EXPECT_FALSE(std::filesystem::exists(folder / "elsewhere"));
}

TEST(PartialFile, OfAProcessThatWasKilledCanBeRemovedByItsName) {
  const TemporaryFolder folder;
  for (const char* name : {"a.npz", "a.npz.partial", "a.npz.partial.x1Y2z3", "b.npz.partial"}) {
    std::ofstream(folder / name) << "half";
  }
  make_folder(folder / "c.partial", "half");
  remove_leftovers(folder / "a.npz");
  remove_leftovers(folder / "c");
  remove_leftovers(folder / "absent");
  EXPECT_THAT(folder.names(), ElementsAre("a.npz", "b.npz.partial"));
}

}  // namespace
}  // namespace rollingdepth
