#include "live/live_run.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "error_matchers.hpp"

namespace rollingdepth::live {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::chrono::milliseconds kEvery{100};
constexpr FrameSize kFrame{32, 16};

/// Frames of a level that grows with their number; at its end as it is told.
class FakeSource final : public LiveSource {
 public:
  FakeSource(std::int64_t frames, bool drops, const StopFlag& stop)
      : info_{.name = "fake", .size = kFrame, .frame_rate = {25, 1}, .drops = drops},
        frames_(frames),
        stop_(stop) {}
  [[nodiscard]] const LiveClip& info() const override { return info_; }
  std::optional<LiveFrame> next() override {
    if (stop_.raised()) return std::nullopt;
    if (given_ == frames_) {
      if (lost_) throw Error(ErrorKind::kInput, "fake: lost");
      return std::nullopt;
    }
    const std::int64_t number = given_++;
    return LiveFrame{.rgb = at::full({3, 16, 32}, number % 8, at::kByte),
                     .captured = Clock::now(),
                     .time_us = number * 40'000,
                     .number = number,
                     .begins_anew = number == anew_at_};
  }
  std::vector<std::string> take_remarks() override { return {}; }

  bool lost_ = false;
  std::int64_t anew_at_ = -1;

 private:
  LiveClip info_;
  std::int64_t frames_;
  const StopFlag& stop_;
  std::int64_t given_ = 0;
};

/// A ramp, half the frame's size, of the edge that is set.
class FakeDepth final : public CausalDepth {
 public:
  [[nodiscard]] DepthValues values() const override { return DepthValues::kAffineInverse; }
  [[nodiscard]] FrameSize processing_size(FrameSize /*input*/) const override {
    return {edge_, edge_ / 2};
  }
  [[nodiscard]] std::int64_t edge_px(FrameSize /*input*/) const override { return edge_; }
  at::Tensor next(const at::Tensor& /*rgb*/) override {
    ++frames_;
    if (hold_) hold_();
    if (frames_ == fails_at_) throw Error(ErrorKind::kFailed, "depth is not finite");
    return at::arange(edge_ * edge_ / 2, at::kFloat).view({edge_ / 2, edge_});
  }
  void begin_anew() override { ++beginnings_; }
  void change_res(std::int64_t res_px) override { edge_ = res_px; }
  [[nodiscard]] Settings settings() const override { return {}; }

  std::int64_t edge_ = 256;
  std::int64_t frames_ = 0;
  std::int64_t fails_at_ = 0;
  int beginnings_ = 0;
  std::function<void()> hold_;
};

/// Takes note.
class FakeTarget final : public LiveTarget {
 public:
  [[nodiscard]] bool shows_view() const override { return true; }
  void put(const SharedPicture& picture) override {
    if (std::ssize(numbers_) == gone_at_) throw ReaderGone();
    if (std::ssize(numbers_) == full_at_) throw Error(ErrorKind::kOutput, "disk full");
    numbers_.push_back(picture->frame.number);
    sizes_.push_back(picture->depth.sizes().vec());
    sent_pictures_ = std::ssize(numbers_);
    if (sent_) sent_(*picture, Clock::now());
  }
  void finish() override { finished_ = true; }
  [[nodiscard]] TargetCounts counts() const override {
    return {.name = "fake", .sent = sent_pictures_};
  }

  // By put(); to be read once the run has ended.
  std::vector<std::int64_t> numbers_;
  std::vector<std::vector<std::int64_t>> sizes_;
  std::atomic<std::int64_t> sent_pictures_ = 0;
  std::int64_t gone_at_ = -1;
  std::int64_t full_at_ = -1;
  bool finished_ = false;
  PictureSent sent_;
};

class LiveRunTest : public ::testing::Test {
 protected:
  // Runs frames through all of it.
  void run(LiveSource& source, std::vector<LiveTarget*> targets,
           const LiveRunOptions& options = {}) {
    LiveRun live(source, depth_, options, painter_, stop_,
                 {.on_remark = [this](const std::string& text) { remarks_.push_back(text); },
                  .on_record = [this](const Json& record) { records_.push_back(record); }});
    target_.sent_ = live.on_sent();
    live.run(targets, kEvery);
  }

  StopFlag stop_;
  FakeDepth depth_;
  FakeTarget target_;
  ViewPainter painter_{View::kDepth, "Greys_r"};
  std::vector<std::string> remarks_;
  std::vector<Json> records_;
};

TEST_F(LiveRunTest, ShowsEveryFrameOfAFile) {
  FakeSource source(20, /*drops=*/false, stop_);
  run(source, {&target_});
  ASSERT_EQ(target_.numbers_.size(), 20U);
  for (std::int64_t i = 0; i < 20; ++i) EXPECT_EQ(target_.numbers_[static_cast<std::size_t>(i)], i);
  EXPECT_TRUE(target_.finished_);
}

TEST_F(LiveRunTest, RecordsEachFrameAndTheEnd) {
  FakeSource source(3, /*drops=*/false, stop_);
  run(source, {&target_});
  ASSERT_GE(records_.size(), 4U);
  EXPECT_EQ(records_[1]["event"], "frame");
  EXPECT_EQ(records_[1]["frame"], 1);
  EXPECT_DOUBLE_EQ(records_[1]["time"].get<double>(), 0.04);
  EXPECT_EQ(records_[1]["min"], 0);
  EXPECT_EQ(records_[1]["max"], 256 * 128 - 1);
  const Json& last = records_.back();
  EXPECT_EQ(last["event"], "end");
  EXPECT_EQ(last["frames_in"], 3);
  EXPECT_EQ(last["frames_out"], 3);
  EXPECT_EQ(last["dropped"], 0);
  EXPECT_EQ(last["targets"][0]["sent"], 3);
  for (const char* const stage : {"total", "wait", "depth", "paint", "send"}) {
    EXPECT_TRUE(last["latency_ms"][stage].contains("p99")) << stage;
  }
}

// The networks wait until the source has given all: what they get then is the newest.
TEST_F(LiveRunTest, DropsWhatIsTooOldOfALiveSource) {
  FakeSource source(200, /*drops=*/true, stop_);
  depth_.hold_ = [] { std::this_thread::sleep_for(std::chrono::milliseconds(20)); };
  run(source, {&target_});
  EXPECT_LT(target_.numbers_.size(), 200U);
  EXPECT_EQ(target_.numbers_.back(), 199);
  const Json& last = records_.back();
  EXPECT_EQ(last["frames_in"].get<std::int64_t>(),
            last["frames_out"].get<std::int64_t>() + last["dropped"].get<std::int64_t>());
}

TEST_F(LiveRunTest, EndsOnceTheFlagIsRaised) {
  FakeSource source(-1, /*drops=*/false, stop_);
  depth_.hold_ = [this] {
    if (depth_.frames_ == 5) stop_.raise();
  };
  run(source, {&target_});
  EXPECT_TRUE(target_.finished_);
}

// Who asks to stop does not wait for a network that takes minutes.
TEST_F(LiveRunTest, FinishesTargetsWhileTheNetworksAreBusy) {
  FakeSource source(-1, /*drops=*/false, stop_);
  std::atomic<bool> go_on{false};
  depth_.hold_ = [&] {
    if (depth_.frames_ < 3) return;
    stop_.raise();
    while (!go_on) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  };
  LiveRun live(source, depth_, {}, painter_, stop_, {});
  live.run({&target_}, kEvery);
  EXPECT_TRUE(live.is_busy());
  EXPECT_TRUE(target_.finished_);
  EXPECT_THAT(target_.numbers_, ElementsAre(0, 1));
  go_on = true;
}

TEST_F(LiveRunTest, FinishesTargetsWhereTheSourceIsLost) {
  FakeSource source(4, /*drops=*/false, stop_);
  source.lost_ = true;
  EXPECT_THAT(testing::message_of(ErrorKind::kInput, [&] { run(source, {&target_}); }),
              HasSubstr("lost"));
  EXPECT_EQ(target_.numbers_.size(), 4U);
  EXPECT_TRUE(target_.finished_);
}

TEST_F(LiveRunTest, FinishesTargetsWhereTheNetworksFail) {
  FakeSource source(-1, /*drops=*/false, stop_);
  depth_.fails_at_ = 3;
  EXPECT_THAT(testing::message_of(ErrorKind::kFailed, [&] { run(source, {&target_}); }),
              HasSubstr("not finite"));
  EXPECT_TRUE(target_.finished_);
}

TEST_F(LiveRunTest, TakesAClosedPipeForAnEndWhereOthersWereServed) {
  FakeSource source(-1, /*drops=*/false, stop_);
  FakeTarget pipe;
  pipe.gone_at_ = 3;
  run(source, {&target_, &pipe});
  EXPECT_TRUE(target_.finished_);
  EXPECT_THAT(remarks_, ::testing::Contains(HasSubstr("has gone")));
}

TEST_F(LiveRunTest, FailsWhereTheOnlyReaderHasGone) {
  FakeSource source(-1, /*drops=*/false, stop_);
  target_.gone_at_ = 3;
  EXPECT_THAT(testing::message_of(ErrorKind::kOutput, [&] { run(source, {&target_}); }),
              HasSubstr("has gone"));
}

TEST_F(LiveRunTest, FinishesTheOthersWhereOneTargetFails) {
  FakeSource source(-1, /*drops=*/false, stop_);
  FakeTarget full;
  full.full_at_ = 2;
  EXPECT_THAT(testing::message_of(ErrorKind::kOutput,
                                  [&] {
                                    run(source, {&target_, &full});
                                  }),
              HasSubstr("disk full"));
  EXPECT_TRUE(target_.finished_);
}

TEST_F(LiveRunTest, BeginsAnewWhereTheSourceDoes) {
  FakeSource source(6, /*drops=*/false, stop_);
  source.anew_at_ = 3;
  run(source, {&target_});
  EXPECT_EQ(depth_.beginnings_, 1);
}

TEST_F(LiveRunTest, EndsAfterAsManyFramesAsAskedFor) {
  FakeSource source(-1, /*drops=*/false, stop_);
  run(source, {&target_}, {.most_frames = 7});
  EXPECT_EQ(target_.numbers_.size(), 7U);
}

// Whoever watches has opened a picture of one size.
TEST_F(LiveRunTest, KeepsTheSizeOfPicturesWhereItLowersTheNetworks) {
  FakeSource source(40, /*drops=*/false, stop_);
  LiveRunOptions options;
  options.computer.adapt = {.res_px = 256, .frames_per_second = 1e6};
  run(source, {&target_}, options);
  EXPECT_LT(depth_.edge_, 256);
  EXPECT_THAT(target_.sizes_, ::testing::Each(ElementsAre(128, 256)));
  EXPECT_THAT(remarks_, ::testing::Contains(HasSubstr("pixels from now on")));
}

}  // namespace
}  // namespace rollingdepth::live
