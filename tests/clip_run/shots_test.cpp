// A clip of several shots: each gets the depth that it has as a clip of its own.
#include <gmock/gmock.h>

#include <random>

#include "clip_run/sharded_clip.hpp"
#include "error_matchers.hpp"
#include "film/film_progress.hpp"
#include "film/film_run.hpp"
#include "method/rolling_depth/rolling_depth.hpp"
#include "reference_model.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::RecordingSink;
using testing::ShardedClip;
using ::testing::SizeIs;
using testing::StoppingProgress;
using testing::TemporaryFolder;
using testing::TensorSource;

class ShotRuns : public ::testing::Test {
 protected:
  ShotRuns() {
    at::manual_seed(5);
    clip_.frames = at::randint(0, 256, {30, 3, 16, 24}, at::kByte);
    // Shots of other brightness: their ranges differ.
    clip_.frames.narrow(0, 11, 1).fill_(200);
    clip_.frames.narrow(0, 12, 18).div_(4, "floor");
    clip_.batch = {.vae_frames = 3, .snippets = 2};
    clip_.cuts = {11, 12, 24};
    options_.clip.res_px = 0;
    options_.dilations = {1, 3};
    clip_.make_method = [this] { return std::make_unique<RollingDepth>(*model_, options_); };
  }

  // Each shot as a clip of its own, one after another.
  [[nodiscard]] at::Tensor shots_alone() const {
    std::vector<at::Tensor> maps;
    for (const UnitRange& shot : shots_of(clip_.cuts, clip_.frames.size(0))) {
      ShardedClip alone = clip_;
      alone.cuts = {};
      alone.frames = clip_.frames.narrow(0, shot.first, shot.last - shot.first);
      maps.push_back(alone.plain());
    }
    return at::cat(maps);
  }

  ClipRunSummary run(ClipRunOptions options, RecordingSink& sink, Progress& progress) const {
    const auto method = clip_.make_method();
    TensorSource source(clip_.frames);
    options.batch = clip_.batch;
    options.cuts = clip_.cuts;
    return run_clip(source, *method, {&sink}, nullptr, options, progress);
  }

  std::unique_ptr<DepthModel> model_ = testing::reference_model("a");
  RollingDepthOptions options_;
  ShardedClip clip_;
};

TEST_F(ShotRuns, GiveEachShotTheDepthThatItHasAlone) {
  EXPECT_TRUE(at::equal(clip_.plain(), shots_alone()));
}

TEST_F(ShotRuns, RefineEachShotAlone) {
  options_.refine = {.steps = 2, .start_dilation = 3};
  EXPECT_TRUE(at::equal(clip_.plain(), shots_alone()));
}

TEST_F(ShotRuns, CutShotsIntoChunksOfTheirOwn) {
  options_.chunk_frames = 8;
  options_.chunk_overlap = 2;
  EXPECT_TRUE(at::equal(clip_.plain(), shots_alone()));
}

TEST_F(ShotRuns, TakeShotsOfOneFrame) {
  clip_.frames = clip_.frames.narrow(0, 0, 4);
  clip_.cuts = {1, 2, 3};
  const at::Tensor depth = clip_.plain();
  EXPECT_EQ(depth.size(0), 4);
  EXPECT_TRUE(depth.isfinite().all().item<bool>());
  EXPECT_TRUE(at::equal(depth, shots_alone()));
}

TEST_F(ShotRuns, FindTheirFramesWithoutAJob) {
  ClipRunOptions options;
  options.spool.folder = ::testing::TempDir();
  RecordingSink sink;
  StoppingProgress progress;
  EXPECT_EQ(run(options, sink, progress).frames, 30);
  EXPECT_TRUE(at::equal(at::stack(sink.maps), shots_alone()));
  EXPECT_THAT(sink.info.shots, ElementsAre(11, 12, 24));
}

TEST_F(ShotRuns, TellOfEveryShot) {
  ClipRunOptions options;
  options.spool.folder = ::testing::TempDir();
  RecordingSink sink;
  StoppingProgress progress;
  const Settings summary = run(options, sink, progress).method;
  ASSERT_THAT(summary.at("shots"), SizeIs(4));
  EXPECT_EQ(summary.at("shots")[2].at("first_frame"), 12);
  EXPECT_EQ(summary.at("shots")[2].at("frames"), 12);
  EXPECT_TRUE(summary.at("shots")[2].contains("alignment"));
  // 9 + 5, 1, 10 + 6 and 4 snippets, the last shot having no room for a dilation of 3.
  std::int64_t snippets = 0;
  for (const Settings& shot : summary.at("shots")) {
    snippets += shot.at("result").at("snippets").get<std::int64_t>();
  }
  EXPECT_EQ(summary.at("result").at("snippets"), snippets);
  EXPECT_GT(snippets, 9 + 5 + 1 + 10 + 6);
}

TEST_F(ShotRuns, MapAllShotsAtOnceWhereThatIsAsked) {
  ClipRunOptions options;
  options.spool.folder = ::testing::TempDir();
  options.one_range = true;
  RecordingSink sink;
  StoppingProgress progress;
  run(options, sink, progress);
  const at::Tensor one = at::stack(sink.maps);
  EXPECT_FLOAT_EQ(one.min().item<float>(), -1);
  EXPECT_FLOAT_EQ(one.max().item<float>(), 1);
  const at::Tensor alone = shots_alone();
  int full = 0;
  for (const UnitRange& shot : shots_of(clip_.cuts, 30)) {
    const auto part = [&](const at::Tensor& all) {
      return all.narrow(0, shot.first, shot.last - shot.first);
    };
    const double span = (part(one).max() - part(one).min()).item<double>();
    if (span > 1.999) ++full;
    if (span == 0) continue;  // The shot of one grey frame.
    // Each is the same as alone, but for scale and shift.
    const at::Tensor again = (part(one) - part(one).min()) / span * 2 - 1;
    EXPECT_LT((again - part(alone)).abs().max().item<double>(), 1e-5);
  }
  EXPECT_LT(full, 4);
}

TEST_F(ShotRuns, GoOnWhereverTheyWereStopped) {
  const at::Tensor expected = shots_alone();
  std::mt19937 random(4);
  int stopped = 0;
  for (int time = 0; time < 6; ++time) {
    const TemporaryFolder folder;
    ClipRunOptions options;
    options.spool = ShardedClip::place(folder.path(), "");
    for (int stop = 0; stop < 3; ++stop) {
      RecordingSink sink;
      StoppingProgress progress(static_cast<int>(random() % 60));
      try {
        run(options, sink, progress);
      } catch (const Cancelled&) {
        ++stopped;
      }
    }
    RecordingSink sink;
    StoppingProgress progress;
    const Settings summary = run(options, sink, progress).method;
    EXPECT_TRUE(at::equal(at::stack(sink.maps), expected));
    for (const Settings& shot : summary.at("shots")) EXPECT_TRUE(shot.contains("alignment"));
  }
  EXPECT_GT(stopped, 9);
}

TEST_F(ShotRuns, KeepOnlyTheDepthOfWhatIsFinished) {
  const TemporaryFolder folder;
  ClipRunOptions options;
  options.spool = ShardedClip::place(folder.path(), "");
  RecordingSink sink;
  StoppingProgress progress;
  run(options, sink, progress);
  for (const auto& entry : std::filesystem::directory_iterator(folder.path())) {
    EXPECT_THAT(entry.path().filename().string(), ::testing::Not(::testing::StartsWith("shot1")));
  }
}

TEST_F(ShotRuns, ComputeADamagedShotAgain) {
  const at::Tensor expected = shots_alone();
  const TemporaryFolder folder;
  clip_.plan(folder.path());
  EXPECT_TRUE(at::equal(clip_.run(folder.path()), expected));
  const auto file = folder.path() / "shots.spool";
  std::fstream bytes(file, std::ios::in | std::ios::out | std::ios::binary);
  bytes.seekp(static_cast<std::streamoff>(std::filesystem::file_size(file) / 2));
  bytes.put('?');
  bytes.put('!');
  bytes.close();
  std::int64_t batches = 0;
  EXPECT_TRUE(at::equal(clip_.run(folder.path(), &batches), expected));
  EXPECT_GT(batches, 0);
}

TEST_F(ShotRuns, OfSharesGiveTheSameBytes) {
  testing::expect_the_same_bytes_of_shards(clip_, {1, 2, 7, 64});
  testing::expect_the_same_bytes_of_stopped_shards(clip_, {2, 3, 7});
}

TEST_F(ShotRuns, LeaveSharesNothingOfShotsThatAreFinished) {
  const TemporaryFolder folder;
  clip_.plan(folder.path());
  clip_.run(folder.path());
  EXPECT_TRUE(clip_.work(folder.path(), 0, 1, "late"));
  EXPECT_THAT(testing::shard_files_in(folder.path()), IsEmpty());
}

TEST_F(ShotRuns, AreKnownToBeFinishedByTheirDepth) {
  const TemporaryFolder folder;
  clip_.plan(folder.path());
  EXPECT_THAT(finished_shots(ShardedClip::place(folder.path(), "nobody"), clip_.cuts, 30),
              ElementsAre(false, false, false, false));
  clip_.run(folder.path());
  EXPECT_THAT(finished_shots(ShardedClip::place(folder.path(), "nobody"), clip_.cuts, 30),
              ElementsAre(true, true, true, true));
}

TEST_F(ShotRuns, TellOfTheWholeOnlyWhatIsTrueOfEveryShot) {
  ClipRunOptions options;
  options.spool.folder = ::testing::TempDir();
  RecordingSink sink;
  StoppingProgress progress;
  const Settings result = run(options, sink, progress).method.at("result");
  EXPECT_FALSE(result.contains("snippet_length"));  // 1 in the shot of one frame.
  EXPECT_EQ(result.at("frames_per_vae_call"), 3);
}

TEST_F(ShotRuns, RefuseCutsThatAreNone) {
  ClipRunOptions options;
  options.spool.folder = ::testing::TempDir();
  RecordingSink sink;
  StoppingProgress progress;
  for (const Cuts& wrong : {Cuts{0, 4}, Cuts{5, 5}, Cuts{7, 3}}) {
    clip_.cuts = wrong;
    EXPECT_THROW(run(options, sink, progress), Error);
  }
  clip_.cuts = {10, 30};
  try {
    run(options, sink, progress);
    FAIL() << "the clip has no frame 30";
  } catch (const Error& error) {
    EXPECT_THAT(describe(error), HasSubstr("would begin with frame 30"));
  }
}

TEST(FilmProgress, TellsOnceWhatIsTrueOfManyShots) {
  StoppingProgress told;
  FilmProgress progress(told, 100);
  for (int shot = 1; shot <= 3; ++shot) {
    progress.begin_shot(shot, shot * 10, 10);
    progress.warn("the shot has " + std::to_string(shot) + " frames");
  }
  progress.end_film(100, 3);
  EXPECT_THAT(told.warnings,
              ElementsAre("the shot has 1 frames (shot 1)",
                          "so it is in 2 other shots, with other numbers: the shot has 1 frames"));
}

TEST(FilmProgress, NeverGoesBack) {
  StoppingProgress told;
  FilmProgress progress(told, 100);
  progress.begin_shot(1, 0, 50);
  std::int64_t last = 0;
  for (int stage = 0; stage < 6; ++stage) {
    progress.begin("stage", 4, "units");
    for (int done = 1; done <= 4; ++done) {
      progress.advance(done);
      EXPECT_GE(told.told, last);
      last = told.told;
      EXPECT_LE(last, 50);
    }
    progress.end("");
  }
  EXPECT_EQ(last, 50);
  progress.begin_shot(2, 50, 50);
  EXPECT_EQ(told.told, 50);
}

}  // namespace
}  // namespace rollingdepth
