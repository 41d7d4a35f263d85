// Windows divided among processes: the same bytes as in one run.
#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "clip_run/sharded_clip.hpp"
#include "recorded.hpp"

namespace rollingdepth::gemdepth {
namespace {

class GemShares : public ::testing::TestWithParam<std::int64_t> {
 protected:
  GemShares() {
    at::manual_seed(1);
    clip_.frames = at::randint(0, 256, {3 * GetParam(), 3, 20, 30}, at::kByte);
    clip_.batch = {.vae_frames = 3, .snippets = 1};  // No divisor of a window's step.
    options_.clip.res_px = 14;
    options_.window_frames = GetParam();
    clip_.make_method = [this] {
      auto method = std::make_unique<GemDepth>(tiny_method(options_));
      method->load({c10::Device(c10::kCPU)}, c10::kFloat, /*tf32=*/false);
      return method;
    };
  }

  Options options_ = tiny_options();
  testing::ShardedClip clip_;
};

INSTANTIATE_TEST_SUITE_P(Windows, GemShares, ::testing::Values(32, 16, 8),
                         [](const auto& frames) { return std::to_string(frames.param); });

TEST_P(GemShares, GiveTheSameBytes) { testing::expect_the_same_bytes_of_shards(clip_, {3}); }

TEST_P(GemShares, GiveTheSameBytesWhereverTheyAreStopped) {
  testing::expect_the_same_bytes_of_stopped_shards(clip_, {2});
}

TEST_P(GemShares, ComputeAgainWhatIsDamaged) {
  testing::expect_damaged_shards_computed_again(clip_);
}

TEST_P(GemShares, DoNoHarmTwice) { testing::expect_two_at_one_shard_do_no_harm(clip_); }

TEST_P(GemShares, GiveTheSameBytesOfEachShot) {
  clip_.cuts = {10, 11, 2 * GetParam()};
  testing::expect_the_same_bytes_of_shards(clip_, {3});
}

}  // namespace
}  // namespace rollingdepth::gemdepth
