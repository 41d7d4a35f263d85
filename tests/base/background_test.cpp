#include <gmock/gmock.h>

#include <atomic>
#include <future>
#include <stdexcept>

#include "base/background_worker.hpp"
#include "base/byte_size.hpp"
#include "base/prefetched_source.hpp"
#include "error_matchers.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

using ::testing::HasSubstr;
using testing::message_of;

TEST(BackgroundWorker, RunsTasksInOrder) {
  std::vector<int> order;
  BackgroundWorker worker(2);
  for (int i = 0; i < 50; ++i) worker.submit([&order, i] { order.push_back(i); });
  worker.wait();
  ASSERT_EQ(order.size(), 50U);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(BackgroundWorker, HandsOnWhatATaskThrowsAndDropsTheRest) {
  std::promise<void> others_wait;
  std::atomic<int> after = 0;
  {
    BackgroundWorker worker(4);
    worker.submit([&] {
      others_wait.get_future().wait();
      throw std::runtime_error("disk full");
    });
    for (int i = 0; i < 3; ++i) worker.submit([&] { ++after; });
    others_wait.set_value();
    try {
      worker.wait();
      FAIL() << "nothing thrown";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "disk full");
    }
  }
  EXPECT_EQ(after, 0);
}

// Neither what waits nor what is submitted after somebody was told of it.
TEST(BackgroundWorker, RunsNothingMoreAfterAFailure) {
  std::atomic<int> after = 0;
  {
    BackgroundWorker worker(1);
    worker.submit([] { throw std::runtime_error("disk full"); });
    EXPECT_THROW(worker.wait(), std::runtime_error);
    EXPECT_THROW(worker.submit([&] { ++after; }), std::runtime_error);
    EXPECT_THROW(worker.wait(), std::runtime_error);
  }
  EXPECT_EQ(after, 0);
}

TEST(BackgroundWorker, FinishesWhatWaitsWhenItGoes) {
  std::atomic<int> done = 0;
  {
    BackgroundWorker worker(10);
    for (int i = 0; i < 8; ++i) worker.submit([&] { ++done; });
  }
  EXPECT_EQ(done, 8);
}

/// Counts up to `frames`, then ends or fails.
class CountingSource final : public FrameSource {
 public:
  CountingSource(std::int64_t frames, bool fails) : frames_(frames), fails_(fails) {}
  const ClipInfo& info() const override { return info_; }
  std::optional<Frame> next() override {
    if (read < frames_) return Frame{{}, read++};
    if (fails_) throw Error(ErrorKind::kInput, "cannot decode further");
    return std::nullopt;
  }
  std::atomic<std::int64_t> read = 0;

 private:
  ClipInfo info_;
  std::int64_t frames_;
  bool fails_;
};

TEST(PrefetchedSource, GivesTheSameFramesInOrder) {
  CountingSource clip(100, false);
  PrefetchedSource ahead(clip, 3);
  for (std::int64_t i = 0; i < 100; ++i) {
    const auto frame = ahead.next();
    ASSERT_TRUE(frame.has_value()) << i;
    EXPECT_EQ(frame->pts, i);
    EXPECT_LE(clip.read, i + 1 + 3 + 1) << "reads no further ahead than it may";
  }
  EXPECT_FALSE(ahead.next().has_value());
  EXPECT_FALSE(ahead.next().has_value());
}

TEST(PrefetchedSource, FailsAfterTheFramesBeforeTheFailure) {
  CountingSource clip(2, true);
  PrefetchedSource ahead(clip, 8);
  EXPECT_TRUE(ahead.next().has_value());
  EXPECT_TRUE(ahead.next().has_value());
  EXPECT_THAT(message_of(ErrorKind::kInput, [&] { ahead.next(); }),
              HasSubstr("cannot decode further"));
  EXPECT_THAT(message_of(ErrorKind::kInput, [&] { ahead.next(); }),
              HasSubstr("cannot decode further"));
}

TEST(PrefetchedSource, CanGoBeforeTheEndAndReadsNothingUnasked) {
  CountingSource clip(1000, false);
  { PrefetchedSource ahead(clip, 2); }
  EXPECT_EQ(clip.read, 0);
  {
    PrefetchedSource ahead(clip, 2);
    ahead.next();
  }
  EXPECT_LT(clip.read, 10);
}

/// Frame n is at n; goes where it is told, or stays.
class SeekingSource final : public FrameSource {
 public:
  SeekingSource(std::int64_t frames, bool moves) : frames_(frames), moves_(moves) {}
  const ClipInfo& info() const override { return info_; }
  std::optional<Frame> next() override {
    if (next_ == frames_) throw Error(ErrorKind::kInput, "cannot decode further");
    ++read;
    return Frame{{}, next_++};
  }
  bool seek(std::int64_t pts) override {
    if (moves_) next_ = pts;
    return moves_;
  }
  bool rewind() override { return seek(0); }
  std::atomic<std::int64_t> read = 0;

 private:
  ClipInfo info_;
  std::int64_t frames_;
  bool moves_;
  std::int64_t next_ = 0;
};

TEST(PrefetchedSource, GivesTheFrameThatItSeeksToAndThoseAfterIt) {
  SeekingSource clip(1000, true);
  PrefetchedSource ahead(clip, 4);
  EXPECT_TRUE(ahead.seek(100));
  EXPECT_EQ(clip.read, 0) << "reads nothing unasked";
  for (const std::int64_t first : {100, 500, 900, 20}) {
    EXPECT_TRUE(ahead.seek(first));
    for (std::int64_t i = 0; i < 10; ++i) EXPECT_EQ(ahead.next()->pts, first + i);
  }
  EXPECT_LE(clip.read, 4 * (10 + 4 + 1));
  EXPECT_TRUE(ahead.rewind());
  EXPECT_EQ(ahead.next()->pts, 0);
}

TEST(PrefetchedSource, LosesNoFrameWhereTheClipStays) {
  SeekingSource clip(50, false);
  PrefetchedSource ahead(clip, 4);
  for (std::int64_t i = 0; i < 50; ++i) {
    EXPECT_FALSE(ahead.seek(40));
    EXPECT_FALSE(ahead.rewind());
    ASSERT_EQ(ahead.next()->pts, i);
    EXPECT_LE(clip.read, i + 1 + 4) << "reads no further ahead than it may";
  }
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(ahead.seek(40));
    EXPECT_THAT(message_of(ErrorKind::kInput, [&] { ahead.next(); }),
                HasSubstr("cannot decode further"));
  }
}

TEST(PrefetchedSource, CanSeekAfterTheEndOfTheClip) {
  SeekingSource clip(10, true);
  PrefetchedSource ahead(clip, 4);
  EXPECT_TRUE(ahead.seek(8));
  ahead.next();
  ahead.next();
  EXPECT_THROW(ahead.next(), Error);
  EXPECT_TRUE(ahead.seek(3));
  EXPECT_EQ(ahead.next()->pts, 3);
}

TEST(ByteSize, ReadsWhatPeopleWrite) {
  EXPECT_EQ(parse_bytes("4096"), 4096);
  EXPECT_EQ(parse_bytes("128M"), 128'000'000);
  EXPECT_EQ(parse_bytes("64MB"), 64'000'000);
  EXPECT_EQ(parse_bytes("1.5G"), 1'500'000'000);
  EXPECT_EQ(parse_bytes("2Gi"), 2LL << 30);
  EXPECT_EQ(parse_bytes("1KiB"), 1024);
  for (const char* text : {"", "M", "-1", "1X", "1Mx", "1i", "nan", "inf", "1e9G", "99999999T"}) {
    EXPECT_THAT(message_of(ErrorKind::kUsage, [&] { parse_bytes(text); }),
                HasSubstr("is not a number of bytes"))
        << text;
  }
}

TEST(ByteSize, IsShownInUnitsOfThousands) {
  EXPECT_EQ(format_bytes(12.34e9), "12.3 GB");
  EXPECT_EQ(format_bytes(0.9996e9), "1.0 GB");
  EXPECT_EQ(format_bytes(0.94e9), "940 MB");
  EXPECT_EQ(format_bytes(12.3e6), "12 MB");
  EXPECT_EQ(format_bytes(0), "0 kB");
}

}  // namespace
}  // namespace rollingdepth
