#include "decode/snippet_reader.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <fstream>

#include "base/formatted.hpp"
#include "error_matchers.hpp"
#include "npz_file.hpp"
#include "temporary_folder.hpp"
#include "write/snippet_archive.hpp"

namespace rollingdepth {
namespace {

using ::testing::AllOf;
using testing::claim_bytes;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;
using testing::npy_bytes;
using testing::TemporaryFolder;
using testing::write_npz;

/// Every array of the archive, as float32.
std::vector<at::Tensor> read_all(SnippetReader& reader) {
  std::vector<at::Tensor> arrays;
  for (const SnippetPlan& plan : reader.listing().plans) {
    arrays.push_back(at::zeros(
        {plan.size(), plan.length, reader.listing().height_px, reader.listing().width_px}));
  }
  SilentProgress progress;
  reader.read([&](std::size_t plan, std::int64_t k,
                  const at::Tensor& maps) { arrays[plan][k].copy_(maps); },
              progress);
  return arrays;
}

/// A clip of 8 frames: 6 snippets of dilation 1, 2 of dilation 3.
class SnippetReaderTest : public ::testing::Test {
 protected:
  std::string refusal(const std::vector<std::pair<std::string, std::string>>& entries) {
    write_npz(file_, entries);
    return message_of(ErrorKind::kInput, [&] {
      SnippetReader reader(file_);
      read_all(reader);
    });
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "clip.npz";
  at::Tensor near_ = at::rand({6, 3, 4, 5});
  at::Tensor far_ = at::rand({2, 3, 4, 5});
};

TEST_F(SnippetReaderTest, ReadsWhatTheArchiveWriterWrites) {
  Spool spool{SpoolPlace{}};
  MapStore near_store(spool, "near", {6, 3, 4, 5}, SpoolDtype::kFp32);
  MapStore far_store(spool, "far", {2, 3, 4, 5}, SpoolDtype::kFp32);
  for (std::int64_t k = 0; k < 6; ++k) near_store.write(k, near_[k]);
  for (std::int64_t k = 0; k < 2; ++k) far_store.write(k, far_[k]);
  const SnippetPlan near_plan = plan_snippets({.frames = 8, .length = 3, .dilation = 1});
  const SnippetPlan far_plan = plan_snippets({.frames = 8, .length = 3, .dilation = 3});
  auto archive = make_snippet_archive(file_);
  archive->write({{near_plan, &near_store}, {far_plan, &far_store}, {far_plan, &far_store}});
  archive->finish();
  SnippetReader reader(file_);
  EXPECT_THAT(reader.listing().entries, ElementsAre(0, 1, 1));
  EXPECT_EQ(reader.listing().plans[0].size(), near_plan.size());
  EXPECT_EQ(reader.listing().plans[1].size(), far_plan.size());
  EXPECT_EQ(reader.listing().plans[1].frames, far_plan.frames);
  EXPECT_EQ(reader.listing().plans[1].frames, 8);
  EXPECT_EQ(reader.listing().maps(), 24);
  const auto arrays = read_all(reader);
  EXPECT_TRUE(at::equal(arrays[0], near_));
  EXPECT_TRUE(at::equal(arrays[1], far_));
}

TEST_F(SnippetReaderTest, ReadsCompressedHalvesAndDoublesInAnyOrder) {
  write_npz(file_, {{"dilation3", npy_bytes(far_.to(at::kHalf).unsqueeze(2))},
                    {"note", npy_bytes(at::ones({1}))},
                    {"dilation1", npy_bytes(near_.to(at::kDouble))}});
  SnippetReader reader(file_);
  EXPECT_THAT(reader.listing().entries, ElementsAre(0, 1));
  EXPECT_THAT(reader.listing().ignored, ElementsAre("note.npy"));
  const auto arrays = read_all(reader);
  EXPECT_TRUE(at::equal(arrays[0], near_));
  EXPECT_TRUE(at::equal(arrays[1], far_.to(at::kHalf).to(at::kFloat)));
}

TEST_F(SnippetReaderTest, RefusesWhatIsNoArchive) {
  EXPECT_THAT(message_of(ErrorKind::kInput, [&] { SnippetReader reader(folder_ / "absent.npz"); }),
              HasSubstr("absent.npz: No such file"));
  std::ofstream(file_) << "no zip";
  EXPECT_THAT(message_of(ErrorKind::kInput, [&] { SnippetReader reader(file_); }),
              HasSubstr("clip.npz: not an .npz archive"));
}

TEST_F(SnippetReaderTest, RefusesAnArchiveWithoutDilationOne) {
  EXPECT_THAT(refusal({{"dilation3", npy_bytes(far_)}}), HasSubstr("no array 'dilation1'"));
  EXPECT_THAT(refusal({{"other", npy_bytes(far_)}}), HasSubstr("no array 'dilation1'"));
  EXPECT_THAT(refusal({{"depth", npy_bytes(far_)}}), HasSubstr("it holds finished depth"));
  EXPECT_THAT(refusal({{"dilation1", npy_bytes(near_)},
                       {"dilations", npy_bytes(at::tensor({3}, at::kLong))}}),
              HasSubstr("names 3, of which there is no array"));
}

TEST_F(SnippetReaderTest, RefusesShapesThatDoNotFit) {
  EXPECT_THAT(refusal({{"dilation1", npy_bytes(near_[0])}}),
              AllOf(HasSubstr("'dilation1'"), HasSubstr("[3, 4, 5], not [S, L, H, W]")));
  EXPECT_THAT(
      refusal({{"dilation1", npy_bytes(near_)}, {"dilation3", npy_bytes(at::rand({2, 3, 4, 6}))}}),
      AllOf(HasSubstr("'dilation3'"), HasSubstr("does not fit that of 'dilation1'")));
  EXPECT_THAT(
      refusal({{"dilation1", npy_bytes(near_)}, {"dilation3", npy_bytes(at::rand({5, 3, 4, 5}))}}),
      HasSubstr("holds 5 snippets; a clip of 8 frames has 2"));
  EXPECT_THAT(refusal({{"dilation1", npy_bytes(at::rand({0, 3, 4, 5}))}}),
              HasSubstr("holds no snippets"));
  EXPECT_THAT(refusal({{"dilation1", npy_bytes(at::rand({6, 3, 0, 5}))}}),
              HasSubstr("holds no pixels"));
}

TEST_F(SnippetReaderTest, TakesOnlyPlainNamesForSnippets) {
  write_npz(file_, {{"dilation1", npy_bytes(near_)},
                    {"dilation03", npy_bytes(far_)},
                    {"dilation0", npy_bytes(far_)},
                    {"dilation", npy_bytes(far_)},
                    {"dilation4611686018427387904", npy_bytes(at::rand({0, 3, 4, 5}))}});
  SnippetReader reader(file_);
  EXPECT_THAT(reader.listing().ignored,
              ElementsAre("dilation03.npy", "dilation0.npy", "dilation.npy"));
  EXPECT_EQ(reader.listing().plans[1].size(), 0);
}

TEST_F(SnippetReaderTest, RefusesValuesThatAreNoDepth) {
  EXPECT_THAT(refusal({{"dilation1", npy_bytes(near_.to(at::kLong))}}),
              HasSubstr("not floating-point"));
  EXPECT_THAT(refusal({{"dilation1", "text"}}), HasSubstr("not an .npy file"));
}

TEST_F(SnippetReaderTest, RefusesAnArrayOfAnotherLengthThanItsShapeSays) {
  const std::string bytes = npy_bytes(near_);
  EXPECT_THAT(refusal({{"dilation1", bytes.substr(0, bytes.size() - 8)}}),
              HasSubstr("its size does not fit its shape [6, 3, 4, 5]"));
}

// What an archive says of sizes is a claim too: deflated bytes hold 1032 times as many at most.
TEST_F(SnippetReaderTest, RefusesAnArrayThatClaimsMoreThanIsThere) {
  const auto claims = [&](std::int64_t snippets) {
    const std::string header = npy_header(at::kFloat, {snippets, 1, 1, 1});
    write_npz(file_, {{"dilation1", header}});
    claim_bytes(file_, header.size() + 4 * static_cast<std::size_t>(snippets));
    return message_of(ErrorKind::kInput, [&] {
      SnippetReader reader(file_);
      read_all(reader);
    });
  };
  EXPECT_THAT(
      claims(1'000'000'000),
      AllOf(HasSubstr("'dilation1' of "), HasSubstr("it claims 4.0 GB, and the whole archive has "),
            HasSubstr(" bytes")));
  // Few enough to be packed so: what is missing is found when it is read.
  EXPECT_THAT(claims(100), HasSubstr("'dilation1'"));
}

// A megabyte of zeros is packed by a factor of a thousand.
TEST_F(SnippetReaderTest, ReadsWhatIsPackedWell) {
  write_npz(file_, {{"dilation1", npy_bytes(at::zeros({4, 3, 128, 256}))}});
  ASSERT_LT(std::filesystem::file_size(file_), 4 * 3 * 128 * 256 * 4 / 500);
  SnippetReader reader(file_);
  EXPECT_TRUE(read_all(reader)[0].eq(0).all().item<bool>());
}

// What is stored holds itself.
TEST_F(SnippetReaderTest, RefusesAStoredArrayThatIsLargerThanItsArchive) {
  const std::string header = npy_header(at::kFloat, {100, 1, 1, 1});
  write_npz(file_, {{"dilation1", header}}, "store");
  claim_bytes(file_, header.size() + 400);
  EXPECT_THAT(message_of(ErrorKind::kInput, [&] { SnippetReader reader(file_); }),
              HasSubstr("'dilation1' of " + file_.string() + ": it claims 1 kB, and the whole"));
}

TEST_F(SnippetReaderTest, RefusesWhatIsPackedInAnotherWay) {
  write_npz(file_, {{"dilation1", npy_bytes(near_)}});
  std::string bytes = testing::bytes_in(file_);
  // Of the entry and of the directory behind it: bzip2.
  for (const std::size_t place : {bytes.find("PK\x03\x04") + 8, bytes.rfind("PK\x01\x02") + 10}) {
    bytes[place] = 12;
  }
  std::ofstream(file_, std::ios::binary) << bytes;
  EXPECT_THAT(message_of(ErrorKind::kInput, [&] { SnippetReader reader(file_); }),
              HasSubstr("neither stored nor deflated"));
}

TEST_F(SnippetReaderTest, ReadsStoredArraysBehindOneAnother) {
  write_npz(file_,
            {{"note \u00e9", npy_bytes(at::ones({1}))},
             {"dilation3", npy_bytes(far_)},
             {"dilations", npy_bytes(at::tensor({3, 1}, at::kLong))},
             {"dilation1", npy_bytes(near_)}},
            "store");
  SnippetReader reader(file_);
  EXPECT_THAT(reader.listing().entries, ElementsAre(1, 0));
  EXPECT_THAT(reader.listing().ignored, ElementsAre("note \u00e9.npy"));
  for (int times = 0; times < 2; ++times) {
    const auto arrays = read_all(reader);
    EXPECT_TRUE(at::equal(arrays[0], near_));
    EXPECT_TRUE(at::equal(arrays[1], far_));
  }
}

TEST_F(SnippetReaderTest, RefusesMoreFramesThanAnyClipHas) {
  EXPECT_THAT(refusal({{"dilation1", npy_bytes(at::zeros({10'000'001, 1, 1, 1}, at::kHalf))}}),
              HasSubstr("a clip of more than 10000000 frames"));
}

TEST_F(SnippetReaderTest, RefusesAnEndlessListOfDilations) {
  EXPECT_THAT(refusal({{"dilation1", npy_bytes(near_)},
                       {"dilations", npy_bytes(at::ones({1025}, at::kLong))}}),
              HasSubstr("'dilations' of "));
}

TEST_F(SnippetReaderTest, RefusesACrowdOfArrays) {
  std::vector<std::pair<std::string, std::string>> entries = {{"dilation1", npy_bytes(near_)}};
  const std::string none = npy_bytes(at::rand({0, 3, 4, 5}));
  for (int i = 0; i < 1023; ++i) entries.emplace_back(formatted("dilation%d", 1000 + i), none);
  write_npz(file_, entries);
  EXPECT_EQ(SnippetReader(file_).listing().plans.size(), 1024U);
  entries.emplace_back("note", none);
  EXPECT_THAT(refusal(entries), HasSubstr("clip.npz: it holds more than 1024 arrays"));
}

TEST_F(SnippetReaderTest, NoticesDamagedValues) {
  Spool spool{SpoolPlace{}};
  MapStore store(spool, "maps", {6, 3, 4, 5}, SpoolDtype::kFp32);
  for (std::int64_t k = 0; k < 6; ++k) store.write(k, near_[k]);
  auto archive = make_snippet_archive(file_);
  archive->write({{plan_snippets({.frames = 8, .length = 3, .dilation = 1}), &store}});
  archive->finish();
  // Stored as they are: any bytes are values, and only the checksum tells.
  std::fstream stream(file_, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekp(600);
  stream << "damaged";
  stream.close();
  EXPECT_THAT(message_of(ErrorKind::kInput,
                         [&] {
                           SnippetReader reader(file_);
                           read_all(reader);
                         }),
              HasSubstr("bad CRC"));
}

}  // namespace
}  // namespace rollingdepth
