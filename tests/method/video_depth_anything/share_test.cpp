// Windows divided among processes: the same bytes as in one run.
#include <gmock/gmock.h>

#include "clip_run/sharded_clip.hpp"
#include "recorded.hpp"

namespace rollingdepth::vda {
namespace {

class VideoShares : public ::testing::TestWithParam<Mode> {
 protected:
  VideoShares() {
    at::manual_seed(1);
    clip_.frames = at::randint(0, 256, {100, 3, 20, 30}, at::kByte);
    clip_.batch = {.vae_frames = 3, .snippets = 1};  // No divisor of a window's step.
    options_.clip.res_px = 14;
    options_.mode = GetParam();
    clip_.make_method = [this] {
      auto method = std::make_unique<VideoDepthAnything>(tiny_method(options_));
      method->load({c10::Device(c10::kCPU)}, c10::kFloat, /*tf32=*/false);
      return method;
    };
  }

  Options options_ = tiny_options();
  testing::ShardedClip clip_;
};

INSTANTIATE_TEST_SUITE_P(Modes, VideoShares, ::testing::Values(Mode::kOffline, Mode::kStreaming),
                         [](const auto& mode) { return to_string(mode.param); });

TEST_P(VideoShares, GiveTheSameBytes) {
  testing::expect_the_same_bytes_of_shards(clip_, {1, 3, 7});
}

TEST_P(VideoShares, GiveTheSameBytesWhereverTheyAreStopped) {
  testing::expect_the_same_bytes_of_stopped_shards(clip_, {2, 7});
}

TEST_P(VideoShares, ComputeAgainWhatIsDamaged) {
  testing::expect_damaged_shards_computed_again(clip_);
}

TEST_P(VideoShares, DoNoHarmTwice) { testing::expect_two_at_one_shard_do_no_harm(clip_); }

}  // namespace
}  // namespace rollingdepth::vda
