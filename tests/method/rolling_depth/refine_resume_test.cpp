// Refinement that is stopped between two snippets and gone on with.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <fstream>
#include <numeric>

#include "fake_model.hpp"
#include "latents_in.hpp"
#include "method/rolling_depth/refine.hpp"
#include "rollingdepth/error.hpp"
#include "solo_crew.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using testing::TemporaryFolder;

// A UNet whose answer depends on all that it sees; stops the run before the call after
// `calls_left`.
class StoppingModel final : public testing::FakeModel {
 public:
  at::Tensor denoise(const at::Tensor& sample, std::int64_t timestep, std::int64_t views) override {
    if (calls_left-- == 0) throw Error(ErrorKind::kDevice, "stopped");
    ++denoise_calls;
    last_views = views;
    return sample.narrow(1, 0, 4) * 0.7 + sample.narrow(1, 4, 4) * 0.2 +
           sample.mean() * (1e-3 * static_cast<double>(timestep));
  }

  int calls_left = -1;
};

class StoppedRefinement : public ::testing::Test {
 protected:
  static constexpr std::int64_t kFrames = 12;

  // One run of the job in `folder`; nothing where it was stopped after `calls_left` calls.
  at::Tensor run(const TemporaryFolder& folder, int calls_left = -1) {
    StoppingModel model;
    model.calls_left = calls_left;
    Spool spool({.folder = folder.path(), .job = 7});
    SilentProgress progress;
    std::vector<std::int64_t> frames(kFrames);
    std::iota(frames.begin(), frames.end(), 0);
    at::Tensor refined;
    try {
      Crew crew(testing::members(1));
      refined = refine_latents(crew, {&model}, kFrames, testing::latents_in(rgb_),
                               testing::latents_in(depth_), noise_, options_, spool,
                               progress)(frames, c10::kCPU);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kDevice);
    }
    calls_ = model.denoise_calls;
    return refined;
  }

  at::Tensor rgb_ = at::sin(at::arange(kFrames * 4 * 2 * 3, at::kFloat)).view({kFrames, 4, 2, 3});
  at::Tensor depth_ =
      at::cos(at::arange(kFrames * 4 * 2 * 3, at::kFloat) * 1.7).view({kFrames, 4, 2, 3});
  at::Tensor noise_ = at::sin(at::arange(4 * 2 * 3, at::kFloat) * 5.1).view({1, 4, 2, 3});
  RefineOptions options_ = {.steps = 3, .start_dilation = 3};
  int calls_ = 0;
};

TEST_F(StoppedRefinement, GoesOnAtTheSnippetThatIsMissing) {
  const TemporaryFolder whole;
  const at::Tensor expected = run(whole);
  const int all = calls_;
  ASSERT_GT(all, 20);
  for (int stopped_after = 0; stopped_after < all; stopped_after += 3) {
    const TemporaryFolder folder;
    EXPECT_FALSE(run(folder, stopped_after).defined());
    EXPECT_TRUE(at::equal(run(folder), expected)) << stopped_after;
    EXPECT_EQ(calls_, all - stopped_after);
  }
}

TEST_F(StoppedRefinement, GoesOnAfterManyStops) {
  const TemporaryFolder whole, folder;
  const at::Tensor expected = run(whole);
  at::Tensor refined;
  for (int stops = 0; stops < 20 && !refined.defined(); ++stops) refined = run(folder, 4);
  ASSERT_TRUE(refined.defined());
  EXPECT_TRUE(at::equal(refined, expected));
}

TEST_F(StoppedRefinement, KeepsBatchesTogether) {
  options_.max_snippets = 4;
  const TemporaryFolder whole, folder;
  const at::Tensor expected = run(whole);
  const int all = calls_;
  run(folder, all / 2);
  EXPECT_TRUE(at::equal(run(folder), expected));
  EXPECT_EQ(calls_, all - all / 2);
}

TEST_F(StoppedRefinement, HasNothingToDoOnceItIsThere) {
  const TemporaryFolder folder;
  const at::Tensor expected = run(folder);
  EXPECT_TRUE(at::equal(run(folder), expected));
  EXPECT_EQ(calls_, 0);
  // What came before the last step is gone.
  EXPECT_THAT(folder.names(), ::testing::ElementsAre("refine-2.spool"));
}

// The last step alone is on the disk: with a record of it damaged, all are made again but what is
// sound in it is kept.
TEST_F(StoppedRefinement, ComputesADamagedRecordAgain) {
  const TemporaryFolder folder;
  const at::Tensor expected = run(folder);
  const int all = calls_;
  {
    std::fstream file(folder / "refine-2.spool", std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(100).put('\x5a');
  }
  EXPECT_TRUE(at::equal(run(folder), expected));
  EXPECT_GT(calls_, 0);
  EXPECT_LT(calls_, all);
}

}  // namespace
}  // namespace rollingdepth
