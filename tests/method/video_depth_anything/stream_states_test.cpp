#include "method/video_depth_anything/stream_states.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <list>

#include "store/spool.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth::vda {
namespace {

using ::testing::ElementsAreArray;
using testing::TemporaryFolder;

// The rule as the original has it: a list that grows and loses its second entry.
TEST(LivingFrames, AreThoseOfTheOriginalsList) {
  std::vector<std::int64_t> list(32, 0);
  for (std::int64_t frame = 1; frame < 120; ++frame) {
    ASSERT_THAT(living_frames(frame), ElementsAreArray(list)) << frame;
    std::vector<std::int64_t> context = {list[0], list[1]};
    context.insert(context.end(), list.end() - 29, list.end());
    ASSERT_THAT(context_frames(frame), ElementsAreArray(context)) << frame;
    list.push_back(frame);
    if (frame + 32 > 42) list.erase(list.begin() + 1);
  }
}

class States : public ::testing::Test {
 protected:
  StreamStates states() { return {spool_, 3, at::kFloat}; }
  static at::Tensor state(std::int64_t frame) {
    return at::full({3}, static_cast<double>(frame), at::kFloat);
  }
  static void push(StreamStates& states, std::int64_t until) {
    while (states.next() < until) states.push(state(states.next()));
  }

  TemporaryFolder folder_;
  Spool spool_{{.folder = folder_.path(), .memory_limit_bytes = 0, .job = 7}};
};

TEST_F(States, GiveTheContextOfTheNextFrame) {
  StreamStates seen = states();
  push(seen, 60);
  const at::Tensor context = seen.context();
  const std::vector<std::int64_t> frames = context_frames(60);
  ASSERT_EQ(context.size(0), 31);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_TRUE(at::equal(context[static_cast<std::int64_t>(i)], state(frames[i])));
  }
}

TEST_F(States, GoOnFromTheLatestRecord) {
  for (const std::int64_t stopped : {1, 12, 50, 100}) {
    at::Tensor expected;
    {
      StreamStates seen = states();
      push(seen, stopped);
      seen.save();
      expected = seen.context();
    }
    StreamStates later = states();
    later.restore(stopped, at::kCPU);
    ASSERT_EQ(later.next(), stopped);
    EXPECT_TRUE(at::equal(later.context(), expected));
  }
}

// Its map may not have reached the disk.
TEST_F(States, PassOverARecordOfALaterFrameThanIsThere) {
  {
    StreamStates seen = states();
    push(seen, 50);
    seen.save();
    push(seen, 100);
    seen.save();
  }
  StreamStates later = states();
  later.restore(99, at::kCPU);
  EXPECT_EQ(later.next(), 50);
}

TEST_F(States, PassOverARecordThatIsDamaged) {
  {
    StreamStates seen = states();
    push(seen, 50);
    seen.save();
    push(seen, 100);
    seen.save();
    TensorStore raw(spool_, "stream-marks", {1}, at::kLong);
    raw.write(1, at::full({1}, -1, at::kLong));  // As while it is written over.
  }
  StreamStates later = states();
  later.restore(100, at::kCPU);
  EXPECT_EQ(later.next(), 50);
}

TEST_F(States, BeginAnewWithoutARecord) {
  StreamStates seen = states();
  seen.restore(100, at::kCPU);
  EXPECT_EQ(seen.next(), 0);
}

}  // namespace
}  // namespace rollingdepth::vda
