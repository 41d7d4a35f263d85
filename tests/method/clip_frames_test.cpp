#include "method/clip_frames.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <optional>
#include <vector>

#include "error_matchers.hpp"
#include "rollingdepth/method.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::message_of;
using testing::TemporaryFolder;
using Times = std::vector<std::optional<std::int64_t>>;

// A frame at each of its times, of which it tells no more; counts what is asked of it.
class TimedSource final : public FrameSource {
 public:
  explicit TimedSource(Times times) : times_(std::move(times)) { info_.name = "timed"; }
  const ClipInfo& info() const override { return info_; }
  std::optional<Frame> next() override {
    if (next_ == times_.size()) return std::nullopt;
    ++read;
    const std::size_t index = next_++;
    return Frame{{}, sought_ && index == wrong_after_seek ? 1 : times_[index]};
  }
  bool seek(std::int64_t pts) override {
    ++seeks;
    const auto found = std::find(times_.begin(), times_.end(), pts);
    if (!can_seek || found == times_.end()) return false;
    next_ = static_cast<std::size_t>(found - times_.begin());
    return sought_ = true;
  }
  bool rewind() override {
    next_ = 0;
    sought_ = false;
    return can_seek;
  }

  bool can_seek = true;
  std::size_t wrong_after_seek = ~std::size_t{0};
  int read = 0;
  int seeks = 0;

 private:
  Times times_;
  ClipInfo info_;
  std::size_t next_ = 0;
  bool sought_ = false;
};

Times every(std::int64_t step, std::int64_t frames) {
  Times times;
  for (std::int64_t i = 0; i < frames; ++i) times.push_back(step * i);
  return times;
}

Times times_of(const std::vector<Frame>& frames) {
  Times times;
  for (const Frame& frame : frames) times.push_back(frame.pts);
  return times;
}

class ClipFramesTest : public ::testing::Test {
 protected:
  // An earlier run of the job notes all of the clip.
  void note(const Times& times) {
    TimedSource source(times);
    Spool spool(place());
    ClipFrames frames(source, options_, spool);
    frames.read(100'000);
    noted_ = frames.times();
  }
  // What a later run does with the frames of `source`.
  void go_on(TimedSource& source, const std::function<void(ClipFrames&)>& action) {
    Spool spool(place());
    ClipFrames frames(source, options_, spool);
    action(frames);
    EXPECT_EQ(frames.times(), noted_) << "times stay as they were noted";
  }
  [[nodiscard]] SpoolPlace place() const { return {.folder = folder_.path(), .job = 7}; }

  TemporaryFolder folder_;
  ClipOptions options_;
  Times noted_;
};

TEST_F(ClipFramesTest, SeeksToAFrameThatIsFarAway) {
  note(every(40, 1000));
  TimedSource source(every(40, 1000));
  go_on(source, [](ClipFrames& frames) {
    frames.go_to(0);
    EXPECT_THAT(times_of(frames.read(1)), ElementsAre(0));
    frames.go_to(900);
    EXPECT_EQ(frames.position(), 900);
    EXPECT_THAT(times_of(frames.read(2)), ElementsAre(36000, 36040));
    EXPECT_EQ(frames.position(), 902);
    EXPECT_TRUE(frames.has_read());
    EXPECT_TRUE(frames.ended());
    EXPECT_EQ(frames.count(), 1000);
  });
  EXPECT_EQ(source.seeks, 1);
  EXPECT_EQ(source.read, 3);
}

TEST_F(ClipFramesTest, ReadsToAFrameThatIsNear) {
  note(every(40, 1000));
  TimedSource source(every(40, 1000));
  go_on(source, [](ClipFrames& frames) {
    frames.go_to(64);
    EXPECT_THAT(times_of(frames.read(1)), ElementsAre(64 * 40));
  });
  EXPECT_EQ(source.seeks, 0);
  EXPECT_EQ(source.read, 65);
}

TEST_F(ClipFramesTest, GiveNothingBehindTheLastOne) {
  options_.frame_count = 100;
  note(every(40, 1000));
  TimedSource source(every(40, 1000));
  go_on(source, [](ClipFrames& frames) {
    frames.go_to(98);
    EXPECT_THAT(times_of(frames.read(10)), ElementsAre(98 * 40, 99 * 40));
    EXPECT_THAT(frames.read(10), ::testing::IsEmpty());
    frames.go_to(100);
    EXPECT_THAT(frames.read(10), ::testing::IsEmpty());
  });
}

TEST_F(ClipFramesTest, ReadAllBeforeWhereTheSourceCannotSeek) {
  note(every(40, 1000));
  TimedSource source(every(40, 1000));
  source.can_seek = false;
  go_on(source, [](ClipFrames& frames) {
    frames.go_to(900);
    EXPECT_THAT(times_of(frames.read(1)), ElementsAre(36000));
  });
  EXPECT_EQ(source.read, 901);
}

TEST_F(ClipFramesTest, ReadAllBeforeWhereTimesDoNotTellFramesApart) {
  const auto changed = [](std::size_t frame, std::optional<std::int64_t> time) {
    Times times = every(40, 1000);
    times[frame] = time;
    return times;
  };
  // One that repeats or steps back, wherever it is, and one that is missing.
  for (const Times& times : {changed(300, 299 * 40), changed(300, 80), changed(990, 36000),
                             changed(300, std::nullopt)}) {
    note(times);
    TimedSource source(times);
    go_on(source, [](ClipFrames& frames) {
      frames.go_to(900);
      EXPECT_THAT(times_of(frames.read(1)), ElementsAre(36000));
    });
    EXPECT_EQ(source.seeks, 0);
    EXPECT_EQ(source.read, 901);
    for (const char* store : {"times.spool", "length.spool"}) {
      std::filesystem::remove(folder_ / store);
    }
  }
}

// Frames before the first one that is used may have times of those behind it.
TEST_F(ClipFramesTest, SeekBehindAStartOnlyWhereTimesBeforeItAreSmaller) {
  options_.start_frame = 20;
  for (const std::size_t repeating : {1000UL, 10UL, 19UL}) {  // The first: none.
    Times times = every(40, 1001);
    times[repeating] = 36000;
    times.resize(1000);
    const bool in_order = repeating == 1000;
    note(times);
    TimedSource source(times);
    go_on(source, [](ClipFrames& frames) {
      frames.go_to(880);
      EXPECT_THAT(times_of(frames.read(1)), ElementsAre(36000));
    });
    EXPECT_EQ(source.seeks, in_order ? 1 : 0);
    EXPECT_EQ(source.read, in_order ? 1 : 901);
    for (const char* store : {"times.spool", "length.spool"}) {
      std::filesystem::remove(folder_ / store);
    }
  }
}

TEST_F(ClipFramesTest, AreReadFromTheStartWhereTheyAreOthersFromTheMiddle) {
  note(every(40, 1000));
  TimedSource source(every(40, 1000));
  source.wrong_after_seek = 902;
  go_on(source, [](ClipFrames& frames) {
    frames.go_to(900);
    EXPECT_THAT(times_of(frames.read(4)), ElementsAre(36000, 36040, 36080, 36120));
    frames.go_to(990);
    EXPECT_THAT(times_of(frames.read(1)), ElementsAre(39600));
  });
  EXPECT_EQ(source.seeks, 1) << "and not once more";
}

TEST_F(ClipFramesTest, OfAClipThatHasChangedAreAnError) {
  note(every(40, 1000));
  Times others = every(40, 1000);
  others[70] = 70 * 40 + 1;
  for (const Times& times : {others, every(40, 70)}) {
    TimedSource source(times);
    source.can_seek = false;
    go_on(source, [](ClipFrames& frames) {
      EXPECT_THAT(message_of(ErrorKind::kInput, [&] { frames.go_to(100); }),
                  HasSubstr("frame 70 of timed is not the one that was there"));
    });
  }
}

TEST_F(ClipFramesTest, CannotBeReadAgainWhereThatIsForbidden) {
  note(every(40, 100));
  TimedSource source(every(40, 100));
  go_on(source, [](ClipFrames& frames) {
    frames.forbid_reading();
    EXPECT_THROW(frames.go_to(10), MissingRecord);
  });
}

}  // namespace
}  // namespace rollingdepth
