// Files that were made to harm: JSON of 300,000 levels, which overflows the stack of whoever copies
// it, arrays that claim more than they hold, and names that are commands to a terminal.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "app/program.hpp"
#include "jobs/job_folder.hpp"
#include "media/npy.hpp"
#include "npz_file.hpp"
#include "own_networks.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::case_clip;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::lines_of;
using testing::ProgramResult;
using testing::run_program;
using testing::small_run;
using testing::TemporaryFolder;
using testing::text_of;

using Words = std::vector<std::string>;

/// `json` with deep lists where `key` stands.
std::string deepened(nlohmann::json json, const nlohmann::json::json_pointer& key) {
  constexpr int kLevels = 300'000;
  json[key] = "HERE";
  std::string text = json.dump();
  const std::string here = "\"HERE\"";
  return text.replace(text.find(here), here.size(),
                      std::string(kLevels, '[') + std::string(kLevels, ']'));
}

void write_text(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary) << text;
}

/// Expects exit code 1 and one error, which says this.
void expect_error(const ProgramResult& result, const std::string& said) {
  EXPECT_EQ(result.exit_code, 1) << result.err;
  Words errors;
  for (const std::string& line : lines_of(result.err)) {
    if (line.starts_with("rollingdepth: error: ")) errors.push_back(line);
  }
  EXPECT_THAT(errors, ElementsAre(HasSubstr(said)));
}

class DeepJson : public testing::OwnNetworks {};

TEST_F(DeepJson, InAModelIsRefused) {
  for (const char* key : {"/scheduler", "/files", "/latent_scale"}) {
    const nlohmann::json before = document();
    write_text(package_ / "model.json", deepened(before, nlohmann::json::json_pointer(key)));
    expect_error(
        run_program(folder_.path(), small_run({"-i", case_clip("fast"), "-c", package_.string()})),
        "model.json: its JSON is nested too deeply");
    replace_document(before);
  }
}

TEST_F(DeepJson, InAReportIsNoReport) {
  const Words arguments = small_run({"-i", case_clip("fast"), "--cmap", "", "--save-sbs", "false"});
  ASSERT_EQ(run_program(folder_.path(), arguments).exit_code, 0);
  const fs::path report = folder_ / "output/clip_report.json";
  for (const char* key : {"/identity", "/outputs"}) {
    write_text(report,
               deepened(nlohmann::json::parse(text_of(report)), nlohmann::json::json_pointer(key)));
    expect_error(run_program(folder_.path(), arguments),
                 "clip_report.json exists, and does not say how its outputs were made: its JSON is "
                 "nested too deeply");
    write_text(report, "{}");
  }
}

TEST_F(DeepJson, InAManifestIsNoJob) {
  const nlohmann::json manifest = {{"format", 2},          {"id", "1"},        {"spool", ""},
                                   {"outputs", {"a.npy"}}, {"batch", nullptr}, {"identity", 1}};
  for (const char* key : {"/identity", "/batch", "/outputs", "/other"}) {
    write_text(folder_ / "manifest.json", deepened(manifest, nlohmann::json::json_pointer(key)));
    EXPECT_FALSE(JobFolder::waits(folder_.path(), JobIdentity::object())) << key;
  }
}

TEST_F(DeepJson, InABaselineIsRefused) {
  write_text(folder_ / "deep.json", deepened({{"kind", "bench"}, {"format", 1}},
                                             nlohmann::json::json_pointer("/settings")));
  expect_error(
      run_program(folder_.path(), {"bench", "-i", case_clip("fast"), "--baseline", "deep.json",
                                   "--", "--device", "cpu"}),
      "cannot read deep.json: it is not the JSON of rollingdepth bench, format 1: its JSON "
      "is nested too deeply");
}

TEST_F(DeepJson, BesidePicturesIsRefused) {
  fs::create_directory(folder_ / "depth");
  write_text(folder_ / "depth/0.png", "no matter");
  write_text(folder_ / "depth/depth.json",
             deepened({{"min", 0}, {"scale", 1}}, nlohmann::json::json_pointer("/min")));
  expect_error(run_program(folder_.path(), {"compare", "depth", "depth"}),
               "cannot read depth/depth.json: its JSON is nested too deeply");
}

/// The header of an array [N, 1, 1, 1] of which nothing follows.
std::string header_alone(std::int64_t snippets) {
  return npy_header(at::kFloat, {snippets, 1, 1, 1});
}

// 250 bytes that would become gigabytes of plans before a value is read.
TEST(HostileArray, DoesNotTakeTheMemoryThatItClaims) {
  const TemporaryFolder folder;
  constexpr std::int64_t kSnippets = 1'000'000'000;
  testing::write_npz(folder / "clip.npz", {{"dilation1", header_alone(kSnippets)}});
  testing::claim_bytes(folder / "clip.npz", header_alone(kSnippets).size() + 4 * kSnippets);
  const std::string said = "'dilation1' of clip.npz: it claims 4.0 GB, and ";
  expect_error(run_program(folder.path(), {"align", "clip.npz", "-o", "depth.npy"}), said);
  testing::write_npz(folder / "depth.npz", {{"depth", header_alone(kSnippets)}});
  testing::claim_bytes(folder / "depth.npz", header_alone(kSnippets).size() + 4 * kSnippets);
  expect_error(run_program(folder.path(), {"compare", "depth.npz", "depth.npz"}),
               "'depth' of depth.npz: it claims 4.0 GB, and ");
}

// Sums and differences of such values leave the range of float32.
TEST(HostileArray, OfHugeValuesGetsOneErrorThatIsTrue) {
  const TemporaryFolder folder;
  at::Tensor maps = at::rand({4, 3, 20, 24}, at::make_generator<at::CPUGeneratorImpl>(1));
  maps = (maps - 0.5).sign() * 3e38;
  testing::write_npz(folder / "clip.npz", {{"dilation1", testing::npy_bytes(maps)}});
  expect_error(run_program(folder.path(), {"align", "clip.npz", "-o", "depth.npy"}),
               "cannot align the snippets: their values reach from -3e+38 to 3e+38");
  EXPECT_FALSE(fs::exists(folder / "depth.npy"));
}

// ESC ] 0 ; ... BEL sets the title of a terminal's window.
const std::string kEvil = "a\x1b]0;mine\x07\n\xff";
const std::string kShown = R"(a\x1b]0;mine\x07\n\xff)";

MATCHER(HoldsNoControls, "") {
  return std::none_of(arg.begin(), arg.end(),
                      [](char c) { return (c > 0 && c < ' ' && c != '\n') || c == '\x7f'; });
}

class EvilNames : public testing::OwnNetworks {};

TEST_F(EvilNames, AreShownInMessagesAndExactInResults) {
  fs::copy(case_clip("fast"), folder_ / (kEvil + ".mp4"));
  nlohmann::json changed = document();
  changed["name"] = "model \u001b[2J";
  changed["notice"] = "a\nrollingdepth: error: b";
  replace_document(changed);
  const ProgramResult result =
      run_program(folder_.path(), small_run({"-i", kEvil + ".mp4", "-c", package_.string(),
                                             "--cmap", "", "--save-sbs", "false"}));
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "output/" + kEvil + "_pred.npy\noutput/" + kEvil + "_report.json\n");
  EXPECT_THAT(result.err, AllOf(HoldsNoControls(), HasSubstr(kShown + ".mp4 · 64×48"),
                                HasSubstr(R"(model model \x1b[2J)")));
  EXPECT_THAT(lines_of(result.err),
              Contains(R"(rollingdepth: warning: a\nrollingdepth: error: b)"));
}

TEST_F(EvilNames, AreShownInErrorsListsAndPlans) {
  const ProgramResult missing = run_program(folder_.path(), small_run({"-i", kEvil}));
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.err, AllOf(HoldsNoControls(), HasSubstr(kShown + ": no such file")));

  write_text(folder_ / "list.txt", "gone\x1b[2J\x9b.mp4\n");
  const ProgramResult listed = run_program(folder_.path(), small_run({"-i", "list.txt"}));
  EXPECT_EQ(listed.exit_code, 1);
  EXPECT_THAT(listed.err, AllOf(HoldsNoControls(), HasSubstr(R"(gone\x1b[2J\x9b.mp4)")));

  fs::copy(case_clip("fast"), folder_ / (kEvil + ".mp4"));
  const ProgramResult plan =
      run_program(folder_.path(), small_run({"-i", kEvil + ".mp4", "--dry-run"}));
  EXPECT_EQ(plan.exit_code, 0) << plan.err;
  EXPECT_THAT(plan.out, AllOf(HoldsNoControls(), HasSubstr(kShown + ".mp4 · 64×48"),
                              HasSubstr("output/" + kShown + "_pred.npy")));
}

}  // namespace
}  // namespace rollingdepth
