#include <gmock/gmock.h>

#include <string>
#include <vector>

#include "detail_progress.hpp"
#include "fake_model.hpp"
#include "parity.hpp"
#include "reference_model.hpp"
#include "rollingdepth/error.hpp"
#include "rollingdepth/run.hpp"
#include "run_rolling_depth.hpp"
#include "tensor_clip.hpp"

namespace rollingdepth {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RecordingSink;
using testing::run_rolling_depth;
using testing::TensorSource;

// Grey frames, 16x8 pixels, each brighter than the one before.
at::Tensor brightening_frames(std::int64_t count) {
  const at::Tensor level = at::arange(count, at::kByte) * 5 + 20;
  at::Tensor frames = level.view({count, 1, 1, 1}).expand({count, 3, 8, 16}).clone();
  frames.narrow(3, 8, 8) += 40;  // The right half is nearer.
  return frames;
}

RollingDepthOptions small_options() {
  RollingDepthOptions options;
  options.clip.res_px = 0;
  options.dilations = {1, 3};
  options.batch = {.vae_frames = 4, .snippets = 1};
  return options;
}

TEST(ClipRun, NormalisesTheWholeClip) {
  TensorSource source(brightening_frames(12));
  testing::FakeModel model;
  RecordingSink sink;
  SilentProgress progress;
  const ClipRunSummary summary =
      run_rolling_depth(source, model, {&sink}, small_options(), progress);
  EXPECT_EQ(summary.frames, 12);
  ASSERT_EQ(sink.maps.size(), 12U);
  const at::Tensor depth = at::stack(sink.maps);
  EXPECT_FLOAT_EQ(depth.min().item<float>(), -1);
  EXPECT_FLOAT_EQ(depth.max().item<float>(), 1);
  EXPECT_FLOAT_EQ(sink.info.min, -1);
  EXPECT_FLOAT_EQ(sink.info.max, 1);
  // Brighter is nearer in the fake model: darkest first frame's left half, brightest last right.
  EXPECT_FLOAT_EQ(depth[0][0][0].item<float>(), -1);
  EXPECT_FLOAT_EQ(depth[11][0][15].item<float>(), 1);
  EXPECT_GT(depth[0][0][15].item<float>(), depth[0][0][0].item<float>());
  EXPECT_THAT(std::vector<std::int64_t>(sink.pts.begin(), sink.pts.begin() + 3),
              ElementsAre(0, 1, 2));
  EXPECT_EQ(sink.info.time_base, (Rational{1, 25}));
}

TEST(ClipRun, TakesTheFramesAskedFor) {
  TensorSource source(brightening_frames(20));
  testing::FakeModel model;
  RecordingSink sink;
  SilentProgress progress;
  RollingDepthOptions options = small_options();
  options.clip.start_frame = 4;
  options.clip.frame_count = 7;
  EXPECT_EQ(run_rolling_depth(source, model, {&sink}, options, progress).frames, 7);
  EXPECT_EQ(sink.pts.front(), 0);
  EXPECT_EQ(sink.pts.back(), 6);
}

TEST(ClipRun, TakesClipsOfAFewFrames) {
  for (const std::int64_t frames : {1, 2, 3, 5, 6}) {
    TensorSource source(brightening_frames(frames));
    testing::FakeModel model;
    RecordingSink sink;
    SilentProgress progress;
    RollingDepthOptions options = small_options();
    options.dilations = {1, 25};
    options.refine = {.steps = 2};
    const ClipRunSummary summary = run_rolling_depth(source, model, {&sink}, options, progress);
    EXPECT_EQ(summary.frames, frames);
    EXPECT_EQ(summary.method.at("result").at("snippet_length"), std::min<std::int64_t>(3, frames));
    EXPECT_TRUE(at::stack(sink.maps).isfinite().all().item<bool>()) << frames << " frames";
  }
}

TEST(ClipRun, RoundsOddSizesAndRestoresThem) {
  const at::Tensor frames = at::arange(3 * 45 * 67, at::kLong).remainder(251).to(at::kByte);
  TensorSource source(frames.view({1, 3, 45, 67}).expand({4, 3, 45, 67}).contiguous());
  testing::FakeModel model;
  RecordingSink sink;
  SilentProgress progress;
  RollingDepthOptions options = small_options();
  options.clip.restore_res = true;
  const ClipRunSummary summary = run_rolling_depth(source, model, {&sink}, options, progress);
  EXPECT_EQ(summary.processing_size, (FrameSize{64, 48}));
  EXPECT_EQ(sink.maps.front().sizes(), (std::vector<std::int64_t>{45, 67}));
  EXPECT_EQ(sink.info.width_px, 67);
}

TEST(ClipRun, GivesTheSameFromMemoryAndFromDisk) {
  std::vector<at::Tensor> results;
  for (const std::int64_t limit : {std::int64_t{1} << 20, std::int64_t{0}}) {
    TensorSource source(brightening_frames(10));
    testing::FakeModel model;
    RecordingSink sink;
    SilentProgress progress;
    run_rolling_depth(source, model, {&sink}, small_options(), progress,
                      {.folder = ::testing::TempDir(), .memory_limit_bytes = limit, .job = {}});
    results.push_back(at::stack(sink.maps));
  }
  EXPECT_TRUE(at::equal(results[0], results[1]));
}

TEST(ClipRun, PassesOnHowEveryChunkWasAligned) {
  for (const std::int64_t chunk_frames : {0, 8}) {
    TensorSource source(brightening_frames(12));
    testing::FakeModel model;
    RecordingSink sink;
    testing::DetailProgress progress;
    RollingDepthOptions options = small_options();
    options.chunk_frames = chunk_frames;
    options.chunk_overlap = chunk_frames / 2;
    run_rolling_depth(source, model, {&sink}, options, progress);
    std::vector<std::string> ends;
    for (const std::string& line : progress.details) {
      if (line.starts_with("align: converged in round ")) ends.push_back(line);
    }
    if (chunk_frames == 0) {
      EXPECT_THAT(ends, ElementsAre(Not(HasSubstr("chunk"))));
    } else {
      EXPECT_THAT(ends, ElementsAre(EndsWith(" (chunk 1)"), EndsWith(" (chunk 2)")));
    }
  }
}

TEST(ClipRun, ComputesEqualDilationsOnce) {
  TensorSource source(brightening_frames(12));
  testing::FakeModel model;
  SilentProgress progress;
  RollingDepthOptions options = small_options();
  options.dilations = {1, 10, 25};  // Both capped at 3: 10 + 6 snippets, not 10 + 6 + 6.
  const ClipRunSummary summary = run_rolling_depth(source, model, {}, options, progress);
  EXPECT_THAT(summary.method.at("result").at("dilations").get<std::vector<int>>(),
              ElementsAre(1, 3, 3));
  EXPECT_EQ(summary.method.at("result").at("snippets"), 22);
  EXPECT_EQ(model.denoise_calls, 16);
}

TEST(ClipRun, SaysWhenTheFirstFrameIsPastTheEnd) {
  TensorSource source(brightening_frames(5));
  testing::FakeModel model;
  SilentProgress progress;
  RollingDepthOptions options = small_options();
  options.clip.start_frame = 5;
  try {
    run_rolling_depth(source, model, {}, options, progress);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(describe(error), HasSubstr("the clip has 5 frames"));
    EXPECT_EQ(kind_of(error), ErrorKind::kInput);
  }
}

// The last frame that can be named leaves no room for a frame count to be added to it.
TEST(ClipRun, TakesTheLargestStart) {
  TensorSource source(brightening_frames(5));
  testing::FakeModel model;
  SilentProgress progress;
  RollingDepthOptions options = small_options();
  options.clip.start_frame = kMaxFrames;
  options.clip.frame_count = 10;
  try {
    run_rolling_depth(source, model, {}, options, progress);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(describe(error), HasSubstr("the clip has 5 frames"));
  }
}

TEST(ClipRun, RefusesRefinedDepthThatIsNotFinite) {
  struct Overflowing final : testing::FakeModel {
    int decoded = 0;
    // Four frames are two snippets, decoded in two calls; what follows is refined.
    at::Tensor decode(const at::Tensor& latent) override {
      const at::Tensor depth = FakeModel::decode(latent);
      return ++decoded > 2 ? depth / 0 : depth;
    }
  } overflowing;
  TensorSource source(brightening_frames(4));
  SilentProgress progress;
  RollingDepthOptions options = small_options();
  options.dilations = {1};
  options.refine = {.steps = 1};
  try {
    run_rolling_depth(source, overflowing, {}, options, progress);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(describe(error), HasSubstr("refined depth is not finite"));
  }
}

TEST(ClipRun, RefusesDepthThatIsNotFinite) {
  struct BrokenModel final : testing::FakeModel {
    at::Tensor decode(const at::Tensor& latent) override { return FakeModel::decode(latent) / 0; }
  } model;
  TensorSource source(brightening_frames(4));
  SilentProgress progress;
  try {
    run_rolling_depth(source, model, {}, small_options(), progress);
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_THAT(describe(error), HasSubstr("not finite"));
  }
}

// What FrameSource::info() says before a frame is read.
class ClaimedFrames : public ::testing::Test {
 protected:
  // The error of a run in which the container claims so many of 600 frames.
  std::string error_of(std::int64_t claimed, bool exact) {
    warnings_.clear();
    run_.spool = testing::temporary_spool();
    TensorSource source(brightening_frames(40).repeat({15, 1, 1, 1}));
    source.claim(claimed, exact);
    testing::FakeModel model;
    struct Warnings final : Progress {
      explicit Warnings(std::vector<std::string>& said) : warnings(said) {}
      void begin(std::string_view, std::int64_t, std::string_view) override {}
      void advance(std::int64_t) override {}
      void end(std::string_view) override {}
      void check_cancelled() override {}
      void warn(const std::string& message) override { warnings.push_back(message); }
      std::vector<std::string>& warnings;
    } progress(warnings_);
    std::string error;
    try {
      run_rolling_depth(source, model, {}, options_, progress, run_);
    } catch (const Error& thrown) {
      EXPECT_EQ(kind_of(thrown), ErrorKind::kOutput);
      error = describe(thrown);
    }
    encoded_ = model.largest_batch > 0;
    return error;
  }

  RollingDepthOptions options_ = small_options();
  ClipRunOptions run_;
  std::vector<std::string> warnings_;
  bool encoded_ = false;
};

// The header of a file of 20 kB may say that.
TEST_F(ClaimedFrames, BeyondTheDiskAreAWarningWhereTheyAreNotCounted) {
  run_.output_bytes_per_pixel = 1e4;
  EXPECT_EQ(error_of(4'000'000'000, false), "");
  EXPECT_THAT(warnings_, Contains(HasSubstr("if the clip is as long as it says, about 4000000000 "
                                            "frames in ")));
}

TEST_F(ClaimedFrames, BeyondTheDiskAreRefusedWhereTheyAreListed) {
  run_.output_bytes_per_pixel = 1e12;
  EXPECT_THAT(error_of(600, true), HasSubstr("cannot start: 600 frames in "));
  EXPECT_FALSE(encoded_);
}

// As soon as enough of them are there to tell, whatever the container says.
TEST_F(ClaimedFrames, ThatTurnOutToBeTooManyAreRefusedMeanwhile) {
  run_.output_bytes_per_pixel = 1e12;
  EXPECT_THAT(error_of(1, false), HasSubstr("cannot go on: 256 frames in "));
  EXPECT_TRUE(encoded_);
}

class PipelineParity : public ::testing::TestWithParam<const char*> {};

// From the recorded frames to the end. Adam's L1 gradients flip sign near the optimum, so long runs
// drift apart in the last digits; the bounds are those of the stages that end the case.
TEST_P(PipelineParity, MatchesTheRecordedDepth) {
  const std::string name = GetParam();
  const auto settings = testing::case_settings(name);
  TensorSource source(testing::case_array(name, "frames"));
  const auto model = testing::reference_model(settings["checkpoint"].get<std::string>());
  RollingDepthOptions options;
  options.clip.res_px = 0;
  options.dilations = settings["dilations_asked"].get<std::vector<std::int64_t>>();
  options.cap_dilation = settings["cap_dilation"].get<bool>();
  options.snippet_length = settings["snippet_length"][0].get<std::int64_t>();
  options.seed = settings["seed"].get<std::int64_t>();
  options.batch.snippets = 4;
  options.align = co_align_options("paper", Aligner::kAdam);
  options.merge = MergeMethod::kMean;
  options.refine = {.steps = settings["refine_steps"].get<std::int64_t>(),
                    .cap_dilation = options.cap_dilation};
  RecordingSink sink;
  SilentProgress progress;
  run_rolling_depth(source, *model, {&sink}, options, progress);
  const bool refined = options.refine.steps > 0;
  const at::Tensor expected = testing::case_array(name, refined ? "depth_pred" : "coaligned");
  testing::expect_parity(
      "whole run, mean", name,
      testing::mean_difference(testing::frames_recorded(at::stack(sink.maps), expected),
                               expected.squeeze(1)),
      refined ? 5e-3 : 2e-3);
}

INSTANTIATE_TEST_SUITE_P(Cases, PipelineParity, ::testing::ValuesIn(testing::kCases));

}  // namespace
}  // namespace rollingdepth
