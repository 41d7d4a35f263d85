#include "app/run/options.hpp"

#include <gmock/gmock.h>

#include "app/command_line.hpp"
#include "error_matchers.hpp"

namespace rollingdepth {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;

ResolvedOptions resolve(const std::vector<std::string>& words,
                        std::optional<std::int64_t> preferred_res = std::nullopt) {
  std::vector<std::string> arguments = {"-i", "clip.mp4"};
  arguments.insert(arguments.end(), words.begin(), words.end());
  PackageInfo package;
  package.kind = kRollingDepthKind;
  package.preferred_res = preferred_res;
  return resolve_options(parse_command_line(arguments).options, package);
}

TEST(ResolvedOptions, FollowsTheFastPresetWhereNothingIsAskedFor) {
  const ResolvedOptions resolved = resolve({});
  EXPECT_EQ(resolved.method.rolling_depth.clip.res_px, 768);
  EXPECT_THAT(resolved.method.rolling_depth.dilations, ElementsAre(1, 25));
  EXPECT_TRUE(resolved.method.rolling_depth.cap_dilation);
  EXPECT_EQ(resolved.method.rolling_depth.snippet_length, 3);
  EXPECT_EQ(resolved.method.rolling_depth.refine.steps, 0);
  EXPECT_EQ(resolved.method.rolling_depth.seed, 42);
  EXPECT_EQ(resolved.method.rolling_depth.align.aligner, Aligner::kIrls);
  EXPECT_EQ(resolved.method.rolling_depth.align.samples_per_map, 4096);
  EXPECT_EQ(resolved.method.rolling_depth.merge, MergeMethod::kWeighted);
  EXPECT_EQ(resolved.dtype, "auto");
  EXPECT_THAT(resolved.notices, IsEmpty());
}

// The table of the method, section 3; the dtype is ours.
TEST(ResolvedOptions, TakesThePapersSettingsFromItsPreset) {
  const ResolvedOptions resolved = resolve({"-p", "paper"});
  EXPECT_EQ(resolved.method.rolling_depth.clip.res_px, 768);
  EXPECT_THAT(resolved.method.rolling_depth.dilations, ElementsAre(1, 10, 25));
  EXPECT_FALSE(resolved.method.rolling_depth.cap_dilation);
  EXPECT_FALSE(resolved.method.rolling_depth.refine.cap_dilation);
  EXPECT_EQ(resolved.method.rolling_depth.refine.steps, 10);
  EXPECT_EQ(resolved.method.rolling_depth.refine.start_dilation, 6);
  EXPECT_EQ(resolved.dtype, "fp32");
}

// The original's fit comes with the original's samples and merge.
TEST(ResolvedOptions, TakesTheOriginalsAlignmentAsAWhole) {
  const ResolvedOptions adam = resolve({"--aligner", "adam"});
  EXPECT_EQ(adam.method.rolling_depth.align.aligner, Aligner::kAdam);
  EXPECT_EQ(adam.method.rolling_depth.align.max_steps, 1200);
  EXPECT_EQ(adam.method.rolling_depth.align.stride_px, 10);
  EXPECT_EQ(adam.method.rolling_depth.merge, MergeMethod::kMean);
  EXPECT_EQ(resolve({"--aligner", "adam", "--merge", "median"}).method.rolling_depth.merge,
            MergeMethod::kMedian);
  EXPECT_EQ(resolve({"--merge", "mean"}).method.rolling_depth.merge, MergeMethod::kMean);
}

TEST(ResolvedOptions, ChangesSingleValuesOfAQuality) {
  const CoAlignOptions irls = resolve({"-q", "fast", "--align-set", "rounds=7", "samples=99",
                                       "--align-set", "tolerance=0.5"})
                                  .method.rolling_depth.align;
  EXPECT_EQ(irls.max_rounds, 7);
  EXPECT_EQ(irls.samples_per_map, 99);
  EXPECT_EQ(irls.tolerance, 0.5);
  const CoAlignOptions adam = resolve({"--aligner", "adam", "--align-set", "max_steps=9",
                                       "min_steps=2", "patience=0", "threshold=1e-9"})
                                  .method.rolling_depth.align;
  EXPECT_EQ(adam.max_steps, 9);
  EXPECT_EQ(adam.min_steps, 2);
  EXPECT_EQ(adam.patience, 0);
  EXPECT_EQ(adam.threshold, 1e-9);
  EXPECT_EQ(adam.max_rounds, co_align_options("balanced").max_rounds);
}

TEST(ResolvedOptions, PutsAnOptionBeforeTheModelBeforeThePreset) {
  EXPECT_EQ(resolve({"-p", "full"}).method.rolling_depth.clip.res_px, 1024);
  EXPECT_EQ(resolve({"-p", "full"}, 384).method.rolling_depth.clip.res_px, 384);
  EXPECT_EQ(resolve({"-p", "full", "--res", "512"}, 384).method.rolling_depth.clip.res_px, 512);
  EXPECT_EQ(resolve({"--res", "0"}, 384).method.rolling_depth.clip.res_px, 0);
}

TEST(ResolvedOptions, SaysWhichPresetValuesWereReplaced) {
  EXPECT_THAT(
      resolve({"-p", "full", "--res", "512", "-d", "1", "5", "--refine-step", "10"}).notices,
      ElementsAre("--res 512 replaces 1024 of preset full",
                  "--dilations 1 5 replaces 1 10 25 of preset full"));
  EXPECT_THAT(resolve({"-p", "paper", "--cap-dilation", "--dtype", "bf16"}).notices,
              ElementsAre("--cap-dilation true replaces false of preset paper",
                          "--dtype bf16 replaces fp32 of preset paper"));
}

TEST(ResolvedOptions, SaysNothingOfTheModelsResolutionOrWithPresetNone) {
  EXPECT_THAT(resolve({}, 384).notices, IsEmpty());
  const ResolvedOptions none = resolve({"-p", "none", "--res", "512"});
  EXPECT_THAT(none.notices, IsEmpty());
  EXPECT_EQ(none.method.rolling_depth.clip.res_px, 512);
  EXPECT_THAT(none.method.rolling_depth.dilations, ElementsAre(1, 25));
}

TEST(ResolvedOptions, KeepsDecodedSnippetsInAFileWhenUnloading) {
  EXPECT_EQ(resolve({"--unload-snippet"}).spool_memory_bytes, 0);
  EXPECT_EQ(resolve({}).spool_memory_bytes, SpoolPlace{}.memory_limit_bytes);
}

TEST(RunOptions, KnowWhichOutputsWereNamed) {
  const auto options_of = [](std::vector<std::string> words) {
    words.insert(words.begin(), {"-i", "clip.mp4"});
    return parse_command_line(words).options;
  };
  EXPECT_FALSE(options_of({}).outputs_asked.contains("sbs"));
  EXPECT_FALSE(options_of({}).outputs_asked.contains("color"));
  EXPECT_TRUE(options_of({"--save-side-by-side"}).outputs_asked.contains("sbs"));
  EXPECT_TRUE(options_of({"--color-maps", "Greys_r"}).outputs_asked.contains("color"));
}

struct RefusedValue {
  std::string name;
  std::vector<std::string> words;
  std::vector<std::string> said;
};

/// The test's name in place of the bytes of the struct, which change from build to build.
void PrintTo(const RefusedValue& tested, std::ostream* stream) { *stream << tested.name; }

// No number that a 64-bit word holds leads to one that it does not.
const std::string kMost = "9223372036854775807", kTooMany = "1000000001";

class RefusedValues : public ::testing::TestWithParam<RefusedValue> {};

TEST_P(RefusedValues, AreNamedWithTheirOption) {
  const std::string message = message_of(ErrorKind::kUsage, [&] { resolve(GetParam().words); });
  for (const std::string& words : GetParam().said) EXPECT_THAT(message, HasSubstr(words));
}

INSTANTIATE_TEST_SUITE_P(
    CommandLine, RefusedValues,
    ::testing::Values(
        RefusedValue{"Preset", {"-p", "ful"}, {"--preset", "'ful'", "did you mean 'full'"}},
        RefusedValue{"Quality", {"-q", "balance"}, {"--quality", "did you mean 'balanced'"}},
        RefusedValue{"Colormap", {"--cmap", "Spectrl"}, {"--cmap", "did you mean 'Spectral'"}},
        RefusedValue{"Aligner", {"--aligner", "sgd"}, {"--aligner", "'sgd'", "adam"}},
        RefusedValue{"AlignKey", {"--align-set", "round=7"}, {"--align-set", "'rounds'"}},
        RefusedValue{"AlignWord", {"--align-set", "rounds"}, {"--align-set", "KEY=VALUE"}},
        RefusedValue{"AlignNumber", {"--align-set", "rounds=x"}, {"--align-set: rounds", "'x'"}},
        RefusedValue{"AlignRange", {"--align-set", "rounds=0"}, {"--align-set", "at least 1"}},
        RefusedValue{"AlignOther", {"--align-set", "patience=3"}, {"patience", "adam"}},
        RefusedValue{"Merge", {"--merge", "max"}, {"--merge", "'max'", "median"}},
        RefusedValue{"Dtype", {"--dtype", "fp8"}, {"--dtype", "'fp8'"}},
        RefusedValue{"Option", {"--presett", "fast"}, {"'--presett'", "did you mean '--preset'"}},
        RefusedValue{"Argument", {"--seed", "1", "b.mp4"}, {"'b.mp4'", "-i"}},
        RefusedValue{"StartFrame", {"--from", "-1"}, {"--start-frame", "-1"}},
        RefusedValue{"FrameCount", {"--frames", "-3"}, {"--frame-count", "-3"}},
        RefusedValue{"Resolution", {"--res", "7"}, {"--res", "7", "at least 8"}},
        RefusedValue{"ResolutionWord", {"--res", "12x"}, {"--res", "'12x'", "whole number"}},
        RefusedValue{"Dilations", {"-d", "2", "5"}, {"--dilations", "2 5", "lacks 1"}},
        RefusedValue{"ZeroDilation", {"-d", "1", "0"}, {"--dilations", "0"}},
        RefusedValue{"SnippetLength", {"--snip-len", "5"}, {"--snip-len", "5", "1 to 4"}},
        RefusedValue{"VaeBatch", {"--max-vae-bs", "-1"}, {"--max-vae-bs", "-1"}},
        RefusedValue{"Rate", {"--fps", "0"}, {"--fps", "'0'"}},
        RefusedValue{"RateWord", {"--fps", "fast"}, {"--fps", "'fast'"}},
        RefusedValue{"RateTooLow", {"--fps", "1/10801"}, {"--fps", "less than a frame in three"}},
        RefusedValue{"Resample", {"--resample-method", "CUBIC"}, {"--resample-method", "CUBIC"}},
        RefusedValue{"Boolean", {"--save-npy", "maybe"}, {"--save-npy", "'maybe'"}},
        RefusedValue{"ForgottenPath", {"-o", "--quiet"}, {"--output-dir", "'--quiet'"}},
        RefusedValue{"StartFrameTooLarge", {"--from", kMost}, {"--start-frame", "1000000000"}},
        RefusedValue{"FrameCountTooLarge", {"--frames", kTooMany}, {"--frame-count", "at most"}},
        RefusedValue{"DilationTooLarge",
                     {"--no-cap-dilation", "-d", "1", kMost},
                     {"--dilations", kMost, "at most 1000000000"}},
        RefusedValue{"VaeBatchTooLarge", {"--max-vae-bs", kTooMany}, {"--max-vae-bs", "at most"}},
        RefusedValue{"ChunkTooLarge", {"--chunk-frames", kMost}, {"--chunk-frames", "at most"}},
        RefusedValue{"RefineStepsTooMany", {"--refine-step", "501"}, {"--refine-step", "500"}},
        RefusedValue{"RefineDilationTooLarge",
                     {"--refine-step", "1", "--refine-start-dilation", kMost},
                     {"--refine-start-dilation", "at most"}},
        RefusedValue{"NoNumberOf64Bits", {"--seed", kMost + "0"}, {"--seed", "whole number"}},
        RefusedValue{"QuietAndVerbose", {"--quiet", "--verbose"}, {"--quiet", "--verbose"}}),
    [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace rollingdepth
