#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tinyxml2.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "app/program.hpp"
#include "app/refusal.hpp"
#include "measure/tensor_reader.hpp"
#include "media/npy.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using nlohmann::json;
using testing::case_clip;
using ::testing::ElementsAre;
using testing::errors_in;
using testing::expect_refused;
using testing::files_below;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::lines_of;
using ::testing::Not;
using testing::Program;
using testing::ProgramResult;
using testing::Refusal;
using testing::run_program;
using ::testing::SizeIs;
using testing::small_run;
using testing::TemporaryFolder;
using testing::text_of;
using testing::waves;
using Words = std::vector<std::string>;

/// A reference of three frames, and a candidate that is 0.25 too large in the second.
void write_clips(const TemporaryFolder& folder) {
  const at::Tensor reference = waves(3, 20, 24);
  at::Tensor candidate = reference.clone();
  candidate[1] += 0.25;
  write_npy(folder / "ref.npy", reference);
  write_npy(folder / "cand.npy", candidate);
}

ProgramResult compare(const TemporaryFolder& folder, Words options,
                      const std::string& candidate = "cand.npy") {
  Words words = {"compare", "ref.npy", candidate, "--threads", "1"};
  words.insert(words.end(), options.begin(), options.end());
  return run_program(folder.path(), words);
}

TEST(CompareCommand, PrintsATableAndWritesTheNumbers) {
  const TemporaryFolder folder;
  write_clips(folder);
  const ProgramResult result = compare(folder, {"--json", "new/result.json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("candidate  cand.npy · 3 frames, 24x20, "));
  EXPECT_THAT(result.out, ::testing::ContainsRegex("\nmax_error +0.25 +0.25 in frame 1\n"));
  const json numbers = json::parse(text_of(folder / "new/result.json"));
  EXPECT_EQ(numbers.at("kind"), "comparison");
  EXPECT_NEAR(numbers.at("clip").at("mae").get<double>(), 0.25 / 3, 1e-6);
  EXPECT_NEAR(numbers.at("frames").at(1).at("mae").get<double>(), 0.25, 1e-6);
  EXPECT_EQ(numbers.at("frames").at(0).at("psnr"), "inf");
  EXPECT_TRUE(numbers.at("frames").at(0).at("temporal_change").is_null());
  EXPECT_FALSE(numbers.at("clip").contains("abs_rel"));
  EXPECT_FALSE(numbers.at("clip").contains("flow_warp_error"));
  EXPECT_EQ(numbers.at("passed"), true);
  EXPECT_EQ(numbers.at("reference").at("frames"), 3);
  EXPECT_EQ(numbers.at("valid_pixels"), 3 * 20 * 24);
}

TEST(CompareCommand, EndsWithFourAndALineForEveryBrokenBound) {
  const TemporaryFolder folder;
  write_clips(folder);
  const ProgramResult result =
      compare(folder, {"--max-mae", "0.05", "--min-pearson", "0.5", "--max-error", "0.2", "--json",
                       "r.json", "--junit", "r.xml"});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(errors_in(result),
              ElementsAre(HasSubstr("rollingdepth: error: mae 0.0833333 is above --max-mae 0.05"),
                          HasSubstr("error: max_error 0.25 is above --max-error 0.2")));
  EXPECT_THAT(result.out, ::testing::ContainsRegex("\nmae .*<= 0.05  BROKEN\n"));
  EXPECT_THAT(result.out, ::testing::ContainsRegex("\npearson .*>= 0.5  holds\n"));
  const json numbers = json::parse(text_of(folder / "r.json"));
  EXPECT_EQ(numbers.at("passed"), false);
  EXPECT_EQ(numbers.at("bounds").at(2).at("metric"), "pearson");
  EXPECT_EQ(numbers.at("bounds").at(2).at("holds"), true);

  tinyxml2::XMLDocument xml;
  ASSERT_EQ(xml.LoadFile((folder / "r.xml").c_str()), tinyxml2::XML_SUCCESS);
  const tinyxml2::XMLElement* suite = xml.FirstChildElement("testsuites")->FirstChildElement();
  EXPECT_EQ(suite->IntAttribute("tests"), 3);
  EXPECT_EQ(suite->IntAttribute("failures"), 2);
  std::vector<std::string> failed;
  for (const auto* test = suite->FirstChildElement("testcase"); test != nullptr;
       test = test->NextSiblingElement("testcase")) {
    if (test->FirstChildElement("failure") != nullptr) failed.emplace_back(test->Attribute("name"));
  }
  EXPECT_THAT(failed,
              ElementsAre("mae at most 0.05 over the clip", "max_error at most 0.2 over the clip"));
}

TEST(CompareCommand, HoldsBoundsForEveryFrame) {
  const TemporaryFolder folder;
  write_clips(folder);
  EXPECT_EQ(compare(folder, {"--max-mae", "0.1"}).exit_code, 0);
  const ProgramResult result = compare(folder, {"--max-mae", "0.1", "--each-frame"});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(errors_in(result), ElementsAre(HasSubstr("mae 0.25 in frame 1 is above")));
}

TEST(CompareCommand, PrintsNothingButTheNumbersWhereTheyGoToStandardOutput) {
  const TemporaryFolder folder;
  write_clips(folder);
  const ProgramResult result = compare(folder, {"--json", "-", "--align", "affine"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json numbers = json::parse(result.out);
  EXPECT_EQ(numbers.at("settings").at("align"), "affine");
  EXPECT_TRUE(numbers.at("affine").at("scale").is_number());
  EXPECT_THAT(compare(folder, {"--quiet"}).out, IsEmpty());
}

// What the program itself writes in every format, read back and compared with the array.
TEST(CompareCommand, ReadsEveryFormatThatTheProgramWrites) {
  const TemporaryFolder folder;
  const ProgramResult run = run_program(
      folder.path(), small_run({"-i", case_clip("fast"), "-o", ".", "--cmap", "", "--no-save-sbs",
                                "--save-npz", "--save-png16", "--save-exr"}));
  ASSERT_EQ(run.exit_code, 0) << run.err;
  for (const std::string ending : {"pred.npz", "exr", "png16"}) {
    const ProgramResult result = run_program(
        folder.path(),
        {"compare", "clip_pred.npy", "clip_" + ending, "--json", "-", "--threads", "1"});
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const json clip = json::parse(result.out).at("clip");
    // 16 bits over [-1, 1]: half a level.
    EXPECT_LE(clip.at("max_error").get<double>(), ending == "png16" ? 1.01 / 65535 : 0) << ending;
  }
}

TEST(CompareCommand, FollowsAVideo) {
  const TemporaryFolder folder;
  const ProgramResult run =
      run_program(folder.path(),
                  small_run({"-i", case_clip("fast"), "-o", ".", "--cmap", "", "--no-save-sbs"}));
  ASSERT_EQ(run.exit_code, 0) << run.err;
  const Words words = {"compare", "clip_pred.npy",   "clip_pred.npy", "--json", "-",
                       "--video", case_clip("fast"), "--threads",     "1"};
  const ProgramResult result = run_program(folder.path(), words);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const json numbers = json::parse(result.out);
  const double along = numbers.at("clip").at("flow_warp_error");
  EXPECT_GT(along, 0);
  EXPECT_EQ(along, numbers.at("clip").at("reference_flow_warp_error").get<double>());
  EXPECT_TRUE(numbers.at("frames").at(0).at("flow_warp_error").is_null());
  Words late = words;
  late.insert(late.end(), {"--video-from", "1000000"});
  const ProgramResult ended = run_program(folder.path(), late);
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.err, HasSubstr("has no frame 1000000"));
}

TEST(CompareCommand, CountsWhatIsNotFinite) {
  const TemporaryFolder folder;
  at::Tensor candidate = waves(3, 20, 24);
  candidate[2].slice(0, 0, 5).fill_(NAN);
  write_npy(folder / "ref.npy", waves(3, 20, 24));
  write_npy(folder / "cand.npy", candidate);
  const ProgramResult result = compare(folder, {"--min-coverage", "1"});
  EXPECT_EQ(result.exit_code, 4);
  EXPECT_THAT(result.err, HasSubstr("warning: 120 values of cand.npy are not finite"));
  EXPECT_THAT(result.err, HasSubstr("coverage 0.916667 is below --min-coverage 1"));
}

TEST(CompareCommand, PrintsItsHelp) {
  const TemporaryFolder folder;
  const ProgramResult result = run_program(folder.path(), {"compare", "--help"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("Usage: rollingdepth compare REFERENCE CANDIDATE"));
  EXPECT_THAT(result.out, HasSubstr("--min-edge-f1 X"));
  for (const std::string& line : lines_of(result.out))
    EXPECT_THAT(line, SizeIs(::testing::Le(100)));
}

class CompareRefusals : public ::testing::TestWithParam<Refusal> {};

// One line on standard error, the exit code, and nothing new in the folder.
TEST_P(CompareRefusals, AreOneLineAndLeaveNothing) {
  const TemporaryFolder folder;
  write_clips(folder);
  write_npy(folder / "small.npy", waves(3, 10, 12));
  write_npy(folder / "long.npy", waves(4, 20, 24));
  write_npy(folder / "none.npy", at::full({3, 20, 24}, NAN));
  write_npy(folder / "zeros.npy", at::zeros({1, 20, 24}));
  std::ofstream(folder / "text.npy") << "not an array";
  std::ofstream(folder / "clip.txt") << "nor this";
  expect_refused(folder, "compare", GetParam());
}

INSTANTIATE_TEST_SUITE_P(
    CompareCommand, CompareRefusals,
    ::testing::Values(
        Refusal{"NoClips", {}, 2, "no clips"},
        Refusal{"OneClip", {"ref.npy"}, 2, "no candidate beside ref.npy"},
        Refusal{"ThreeClips", {"ref.npy", "cand.npy", "long.npy"}, 2, "not also 'long.npy'"},
        Refusal{"UnknownOption", {"ref.npy", "cand.npy", "--max-may", "1"}, 2, "'--max-mae'"},
        Refusal{"VideoFromTooLate",
                {"ref.npy", "cand.npy", "--video", "clip.mp4", "--video-from", "1000000001"},
                2,
                "--video-from: 1000000001 is too large (at most 1000000000)"},
        Refusal{"BoundWithoutNumber", {"ref.npy", "cand.npy", "--max-mae", "low"}, 2, "'low'"},
        Refusal{"UnknownAlignment", {"ref.npy", "cand.npy", "--align", "afine"}, 2, "'affine'"},
        Refusal{"UnknownScope", {"ref.npy", "cand.npy", "--align-scope", "all"}, 2, "nor frame"},
        Refusal{"UnknownFrames", {"ref.npy", "cand.npy", "--frames", "3"}, 2, "nor common"},
        Refusal{"BoundOnWhatIsNotMeasured",
                {"ref.npy", "cand.npy", "--max-abs-rel", "1"},
                2,
                "--max-abs-rel: needs --ground-truth"},
        Refusal{"FlowWithoutVideo",
                {"ref.npy", "cand.npy", "--max-flow-warp-error", "1"},
                2,
                "needs --video"},
        Refusal{"JsonIsInput",
                {"ref.npy", "cand.npy", "--json", "./ref.npy"},
                2,
                "would replace what is read"},
        Refusal{"NegativeBound", {"ref.npy", "cand.npy", "--max-mae=-1"}, 2, "never be below 0"},
        Refusal{"JsonIsAPipe", {"ref.npy", "cand.npy", "--json", "/dev/null"}, 2, "no plain file"},
        Refusal{"JsonIsJunit",
                {"ref.npy", "cand.npy", "--json", "a", "--junit", "./a"},
                2,
                "two outputs are called ./a"},
        Refusal{"Sizes", {"ref.npy", "small.npy"}, 1, "--resize scales the candidate"},
        Refusal{"Frames", {"ref.npy", "long.npy"}, 1, "--frames common compares the first 3"},
        Refusal{"Missing", {"ref.npy", "absent.npy"}, 1, "absent.npy: No such file"},
        Refusal{"NotAnArray", {"ref.npy", "text.npy"}, 1, "text.npy"},
        Refusal{"UnknownKind", {"ref.npy", "clip.txt"}, 1, "clip.txt"},
        Refusal{"NothingFinite", {"ref.npy", "none.npy"}, 1, "no finite value"},
        Refusal{"EmptyMask", {"ref.npy", "cand.npy", "--mask", "zeros.npy"}, 1, "inside the mask"},
        Refusal{"MissingVideo", {"ref.npy", "cand.npy", "--video", "absent.mp4"}, 1, "absent.mp4"},
        Refusal{"JsonNameIsTooLong",
                {"absent.npy", "cand.npy", "--json", std::string(250, 'n')},
                1,
                "its name is 3 bytes too long"},
        Refusal{"JsonCannotBeWritten",
                {"ref.npy", "cand.npy", "--json", "small.npy/r.json"},
                1,
                "small.npy"}),
    [](const auto& instance) { return instance.param.name; });

// One bad byte and a control character.
TEST(CompareCommand, WritesXmlWhateverAFileIsCalled) {
  const TemporaryFolder folder;
  write_clips(folder);
  const std::string name = "a\xff\x01<.npy";
  std::filesystem::copy(folder / "cand.npy", folder / name);
  ASSERT_EQ(compare(folder, {"--junit", "r.xml"}, name).exit_code, 0);
  EXPECT_EQ(text_of(folder / "r.xml").find('\x01'), std::string::npos);
  tinyxml2::XMLDocument xml;
  ASSERT_EQ(xml.LoadFile((folder / "r.xml").c_str()), tinyxml2::XML_SUCCESS);
  const auto* suite = xml.FirstChildElement("testsuites")->FirstChildElement();
  EXPECT_STREQ(suite->FirstChildElement("testcase")->Attribute("classname"), R"(a\xff\x01<.npy)");
}

// Whatever it stands for, also where that is not there yet.
TEST(CompareCommand, WritesThroughALink) {
  const TemporaryFolder folder;
  write_clips(folder);
  std::filesystem::create_directory(folder / "results");
  std::ofstream(folder / "results/old.json") << "old";
  std::filesystem::create_symlink("results/old.json", folder / "r.json");
  std::filesystem::create_symlink("results/new.xml", folder / "middle.xml");
  std::filesystem::create_symlink("middle.xml", folder / "r.xml");
  ASSERT_EQ(compare(folder, {"--json", "r.json", "--junit", "r.xml"}).exit_code, 0);
  for (const char* link : {"r.json", "r.xml", "middle.xml"}) {
    EXPECT_TRUE(std::filesystem::is_symlink(folder / link)) << link;
  }
  EXPECT_EQ(json::parse(text_of(folder / "results/old.json")).at("kind"), "comparison");
  EXPECT_THAT(text_of(folder / "results/new.xml"), HasSubstr("<testsuites"));
}

TEST(CompareCommand, FailsWhereItsNumbersDoNotArrive) {
  const TemporaryFolder folder;
  write_clips(folder);
  std::filesystem::create_symlink("/dev/full", folder / ".stdout");
  Program program(folder.path(), {"compare", "ref.npy", "cand.npy", "--json", "-", "--quiet"});
  EXPECT_EQ(program.wait(), 1);
  EXPECT_THAT(lines_of(program.err()), ElementsAre(HasSubstr("cannot write to standard output")));
}

TEST(CompareCommand, LeavesNeitherFileWhereOneCannotBeWritten) {
  const TemporaryFolder folder;
  write_clips(folder);
  std::ofstream(folder / "plain") << "no folder";
  const ProgramResult result = compare(folder, {"--json", "r.json", "--junit", "plain/r.xml"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(files_below(folder.path()), Not(::testing::Contains(HasSubstr("r.json"))));
}

}  // namespace
}  // namespace rollingdepth
