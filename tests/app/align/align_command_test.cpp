// `rollingdepth align` as a user meets it.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "app/program.hpp"
#include "app/refusal.hpp"
#include "media/npy.hpp"
#include "npz_file.hpp"

namespace rollingdepth {
namespace {

using testing::case_clip;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::expect_refused;
using ::testing::HasSubstr;
using testing::lines_of;
using ::testing::Not;
using testing::npy_bytes;
using testing::ProgramResult;
using testing::Refusal;
using testing::run_program;
using testing::small_run;
using ::testing::StartsWith;
using testing::TemporaryFolder;
using testing::text_of;
using testing::write_npz;

using Words = std::vector<std::string>;

Words joined(Words words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

/// Snippets of random depth that agree but for their scale, [frames - 2, 3, 6, 7].
at::Tensor random_snippets(std::int64_t frames) {
  const at::Generator generator = at::make_generator<at::CPUGeneratorImpl>(3);
  const at::Tensor depth = at::rand({frames, 6, 7}, generator);
  std::vector<at::Tensor> snippets;
  for (std::int64_t k = 0; k + 3 <= frames; ++k) {
    snippets.push_back((1 + 0.1 * static_cast<double>(k)) * depth.slice(0, k, k + 3));
  }
  return at::stack(snippets);
}

void write_random_archive(const std::filesystem::path& file) {
  write_npz(file, {{"dilation1", npy_bytes(random_snippets(8))}});
}

class AlignCommandTest : public ::testing::TestWithParam<Words> {};

// The same samples, the same solver, the same merge: the same bytes, without the networks.
TEST_P(AlignCommandTest, GivesWhatTheRunGaveThatSavedTheSnippets) {
  const TemporaryFolder folder;
  const ProgramResult run = run_program(
      folder.path(),
      joined(small_run({"-i", case_clip("fast"), "--save-snippets", "--cmap", "", "--no-save-sbs"}),
             GetParam()));
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const ProgramResult result =
      run_program(folder.path(), joined({"align", "output/clip_snippets.npz", "-o", "again.npy",
                                         "--quality", "ultra_fast", "--report", "again.json"},
                                        GetParam()));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(lines_of(result.out), ElementsAre("again.npy"));
  EXPECT_EQ(text_of(folder / "again.npy"), text_of(folder / "output/clip_pred.npy"));
  auto again = nlohmann::json::parse(text_of(folder / "again.json"));
  auto first = nlohmann::json::parse(text_of(folder / "output/clip_report.json"))["alignment"];
  again.erase("seconds");
  first.erase("seconds");
  EXPECT_EQ(again, first);
}

INSTANTIATE_TEST_SUITE_P(Solvers, AlignCommandTest,
                         ::testing::Values(Words{}, Words{"--merge", "median"},
                                           Words{"--aligner", "adam"}));

TEST(AlignCommand, MasksValuesThatAreNotFiniteAndSaysWhereNothingIsLeft) {
  const TemporaryFolder folder;
  at::Tensor maps = random_snippets(6);
  maps[1][1][2][3] = std::nanf("");
  maps.slice(2, 0, 1).slice(3, 0, 1).fill_(std::nanf(""));
  write_npz(folder / "clip.npz", {{"dilation1", npy_bytes(maps)}});
  const ProgramResult result = run_program(folder.path(), {"align", "clip.npz", "-o", "depth.npy"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.err, HasSubstr("warning: 6 pixels have no finite value in any snippet"));
  const at::Tensor depth = read_npy(folder / "depth.npy");
  EXPECT_EQ(at::isnan(depth).sum().item<std::int64_t>(), 6);
  EXPECT_TRUE(at::isnan(depth.slice(1, 0, 1).slice(2, 0, 1)).all().item<bool>());
}

// Frame 0 is shown by snippet 0 alone; frame 4 has a value nowhere.
TEST(AlignCommand, GoesOnWhereFramesHaveNoFiniteValue) {
  const TemporaryFolder folder;
  at::Tensor maps = random_snippets(8);
  maps[0].fill_(std::nanf(""));
  for (std::int64_t k = 2; k <= 4; ++k) maps[k][4 - k].fill_(std::nanf(""));
  write_npz(folder / "clip.npz", {{"dilation1", npy_bytes(maps)}});
  const ProgramResult result = run_program(folder.path(), {"align", "clip.npz", "-o", "depth.npy"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const at::Tensor nan = at::isnan(read_npy(folder / "depth.npy"));
  for (std::int64_t frame = 0; frame < 8; ++frame) {
    EXPECT_EQ(nan[frame].all().item<bool>(), frame == 0 || frame == 4) << frame;
    EXPECT_EQ(nan[frame].any().item<bool>(), frame == 0 || frame == 4) << frame;
  }
}

// Nothing but the unit differs: the normalised depth may not.
TEST(AlignCommand, DoesNotDependOnTheUnitOfTheDepth) {
  const TemporaryFolder folder;
  const at::Tensor maps = random_snippets(8);
  std::vector<at::Tensor> depths;
  for (const double unit : {1.0, 1e4, 1e-4}) {
    write_npz(folder / "clip.npz", {{"dilation1", npy_bytes(maps * unit)}});
    const ProgramResult result =
        run_program(folder.path(), {"align", "clip.npz", "-o", "depth.npy", "--overwrite"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    depths.push_back(read_npy(folder / "depth.npy"));
  }
  EXPECT_LT((depths[1] - depths[0]).abs().max().item<float>(), 1e-4);
  EXPECT_LT((depths[2] - depths[0]).abs().max().item<float>(), 1e-4);
}

TEST(AlignCommand, TellsHowTheFitConvergesWhereMoreIsAskedFor) {
  const TemporaryFolder folder;
  write_random_archive(folder / "snippets.npz");
  const auto said = [&](const Words& more) {
    const ProgramResult result = run_program(
        folder.path(), joined({"align", "snippets.npz", "-o", "depth.npy", "--overwrite"}, more));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return lines_of(result.err);
  };
  EXPECT_THAT(said({}), Each(Not(StartsWith("align: "))));
  const auto irls = said({"--verbose"});
  EXPECT_THAT(irls, Contains(StartsWith("align: round 1, residual ")));
  EXPECT_THAT(irls, Contains(StartsWith("align: converged in round ")));
  const auto adam = said({"--verbose", "--aligner", "adam", "--quality", "paper"});
  EXPECT_THAT(adam, Contains(StartsWith("align: step 100, loss ")));
  EXPECT_THAT(adam, Contains(StartsWith("align: ended at step 2000 without converging")));
}

TEST(AlignCommand, ReplacesAFileOnlyWhereThatIsAskedFor) {
  const TemporaryFolder folder;
  write_random_archive(folder / "clip.npz");
  std::ofstream(folder / "depth.npy") << "mine";
  const ProgramResult refused =
      run_program(folder.path(), {"align", "clip.npz", "-o", "depth.npy"});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err, HasSubstr("depth.npy exists (--overwrite replaces it)"));
  EXPECT_EQ(text_of(folder / "depth.npy"), "mine");
  const ProgramResult result =
      run_program(folder.path(), {"align", "clip.npz", "-o", "depth.npy", "--overwrite"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(read_npy(folder / "depth.npy").sizes(), at::IntArrayRef({8, 6, 7}));
}

TEST(AlignCommand, PrintsItsHelp) {
  const TemporaryFolder folder;
  const ProgramResult result = run_program(folder.path(), {"align", "--help"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("Usage: rollingdepth align SNIPPETS.npz -o DEPTH.npy"));
  EXPECT_THAT(result.out, HasSubstr("--merge"));
}

class AlignRefusals : public ::testing::TestWithParam<Refusal> {};

// One line on standard error, the exit code, and nothing new in the folder.
TEST_P(AlignRefusals, AreOneLineAndLeaveNothing) {
  const TemporaryFolder folder;
  write_random_archive(folder / "clip.npz");
  write_npz(folder / "far.npz", {{"dilation2", npy_bytes(at::rand({4, 3, 6, 7}))}});
  write_npz(folder / "nan.npz", {{"dilation1", npy_bytes(at::full({4, 3, 6, 7}, std::nanf("")))}});
  write_npz(folder / "mixed.npz", {{"dilation1", npy_bytes(at::rand({4, 3, 6, 7}))},
                                   {"dilation2", npy_bytes(at::rand({2, 3, 6, 8}))}});
  expect_refused(folder, "align", GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    AlignCommand, AlignRefusals,
    ::testing::Values(
        Refusal{"NoArchive", {"-o", "d.npy"}, 2, "no input"},
        Refusal{"NoOutput", {"clip.npz"}, 2, "no output"},
        Refusal{"TwoArchives", {"clip.npz", "far.npz", "-o", "d.npy"}, 2, "far.npz"},
        Refusal{"UnknownOption", {"clip.npz", "--qualty", "fast"}, 2, "did you mean '--quality'"},
        Refusal{"UnknownAligner", {"clip.npz", "-o", "d.npy", "--aligner", "sgd"}, 2, "irls adam"},
        Refusal{"UnknownMerge", {"clip.npz", "-o", "d.npy", "--merge", "max"}, 2, "weighted mean"},
        Refusal{"UnknownQuality", {"clip.npz", "-o", "d.npy", "-q", "best"}, 2, "'best'"},
        Refusal{"OutputIsInput", {"clip.npz", "-o", "clip.npz"}, 2, "would replace what is read"},
        Refusal{"OutputIsFolder", {"clip.npz", "-o", "."}, 2, "is a folder"},
        Refusal{"OutputIsNoName", {"clip.npz", "-o", "new/"}, 2, "is a folder"},
        Refusal{"OutputIsReport", {"clip.npz", "-o", "d", "--report", "./d"}, 2, "two outputs"},
        Refusal{"MissingArchive", {"absent.npz", "-o", "d.npy"}, 1, "No such file"},
        Refusal{"NoDilationOne", {"far.npz", "-o", "d.npy"}, 1, "no array 'dilation1'"},
        Refusal{"MixedSizes", {"mixed.npz", "-o", "d.npy"}, 1, "does not fit that of 'dilation1'"},
        Refusal{"NothingFinite", {"nan.npz", "-o", "d.npy"}, 1, "no finite value"},
        Refusal{"OutputNameIsTooLong",
                {"clip.npz", "-o", std::string(250, 'n')},
                1,
                "its name is 3 bytes too long"},
        Refusal{"ReportCannotBeWritten",
                {"clip.npz", "-o", "d.npy", "--report", "clip.npz/r.json"},
                1,
                "clip.npz"}),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace rollingdepth
