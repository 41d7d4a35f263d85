#include "write/snippet_archive.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <fstream>

#include "error_matchers.hpp"
#include "file_size_limit.hpp"
#include "media/npy.hpp"
#include "temporary_folder.hpp"
#include "zip_entry.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using testing::FileSizeLimit;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;
using testing::TemporaryFolder;

// The array `name` of an archive, by way of a file beside it.
at::Tensor read_entry(const std::filesystem::path& archive_file, const std::string& name) {
  EXPECT_EQ(testing::zip_packing(archive_file, name), "0");
  const std::filesystem::path extracted = archive_file.parent_path() / name;
  std::ofstream(extracted, std::ios::binary) << testing::zip_entry(archive_file, name);
  return read_npy(extracted);
}

class SnippetArchiveTest : public ::testing::Test {
 protected:
  // 3 snippets of dilation 1 and 2 of dilation 4, which stands twice.
  SnippetArchiveTest() {
    for (std::int64_t k = 0; k < 3; ++k) near_.write(k, near_values_[k]);
    for (std::int64_t k = 0; k < 2; ++k) far_.write(k, far_values_[k]);
  }

  [[nodiscard]] std::vector<SpooledSnippets> snippets() {
    SnippetPlan near_plan;
    near_plan.dilation = 1;
    SnippetPlan far_plan;
    far_plan.dilation = 4;
    return {{near_plan, &near_}, {far_plan, &far_}, {far_plan, &far_}};
  }

  TemporaryFolder folder_;
  Spool spool_{SpoolPlace{}};
  Spool on_disk_{{.folder = folder_.path(), .memory_limit_bytes = 0, .job = {}}};
  at::Tensor near_values_ = at::rand({3, 2, 5, 7});
  at::Tensor far_values_ = at::rand({2, 2, 5, 7});
  MapStore near_{spool_, "near", {3, 2, 5, 7}, SpoolDtype::kFp32};
  MapStore far_{on_disk_, "far", {2, 2, 5, 7}, SpoolDtype::kFp32};
};

TEST_F(SnippetArchiveTest, HoldsEveryDistinctDilationOnce) {
  auto archive = make_snippet_archive(folder_ / "clip_snippets.npz");
  archive->write(snippets());
  archive->finish();
  EXPECT_THAT(folder_.names(), ElementsAre("clip_snippets.npz"));
  EXPECT_TRUE(at::equal(read_entry(folder_ / "clip_snippets.npz", "dilation1.npy"), near_values_));
  EXPECT_TRUE(at::equal(read_entry(folder_ / "clip_snippets.npz", "dilation4.npy"), far_values_));
  EXPECT_TRUE(at::equal(read_entry(folder_ / "clip_snippets.npz", "dilations.npy"),
                        at::tensor({1, 4, 4}, at::kLong)));
}

TEST_F(SnippetArchiveTest, IsCompleteOnceWrittenEvenIfTheStoresGo) {
  auto archive = make_snippet_archive(folder_ / "a.npz");
  {
    MapStore store(spool_, "one", {1, 1, 2, 2}, SpoolDtype::kFp32);
    store.write(0, at::ones({1, 2, 2}));
    SnippetPlan plan;
    plan.dilation = 1;
    archive->write({{plan, &store}});
  }
  EXPECT_THAT(folder_.names(), ElementsAre("a.npz.partial"));
  archive->finish();
  EXPECT_TRUE(at::equal(read_entry(folder_ / "a.npz", "dilation1.npy"), at::ones({1, 1, 2, 2})));
}

TEST_F(SnippetArchiveTest, UnfinishedFileIsRemoved) {
  make_snippet_archive(folder_ / "a.npz")->write(snippets());
  EXPECT_THAT(folder_.names(), IsEmpty());
}

TEST_F(SnippetArchiveTest, SnippetsThatCannotBeReadLeaveNothing) {
  MapStore empty(spool_, "empty", {2, 2, 5, 7}, SpoolDtype::kFp32);
  SnippetPlan plan;
  plan.dilation = 1;
  EXPECT_THAT(message_of(ErrorKind::kInput,
                         [&] {
                           make_snippet_archive(folder_ / "a.npz")->write({{plan, &empty}});
                         }),
              HasSubstr("snippet 0 of the spool"));
  EXPECT_THAT(folder_.names(), IsEmpty());
}

TEST_F(SnippetArchiveTest, FullDiskIsReportedAndLeavesNothing) {
  const FileSizeLimit limit(512);
  EXPECT_THAT(message_of(ErrorKind::kOutput,
                         [&] { make_snippet_archive(folder_ / "a.npz")->write(snippets()); }),
              HasSubstr("cannot write " + (folder_ / "a.npz").string() + ": File too large"));
  EXPECT_THAT(folder_.names(), IsEmpty());
}

TEST_F(SnippetArchiveTest, MissingFolderIsReported) {
  EXPECT_THAT(message_of(ErrorKind::kOutput,
                         [&] { make_snippet_archive("absent/a.npz")->write(snippets()); }),
              HasSubstr("cannot write absent/a.npz: No such file or directory"));
}

}  // namespace
}  // namespace rollingdepth
