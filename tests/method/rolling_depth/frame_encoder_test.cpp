#include "method/rolling_depth/frame_encoder.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <fstream>
#include <numeric>

#include "error_matchers.hpp"
#include "fake_model.hpp"
#include "rollingdepth/method.hpp"
#include "solo_crew.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;
using testing::TemporaryFolder;

// Frame n is grey of level 10 n, 16x8, and shown at 40 n; counts what is asked of it.
class CountingSource final : public FrameSource {
 public:
  explicit CountingSource(std::int64_t frames) : frames_(frames) {
    info_ = {.name = "counting",
             .width_px = 16,
             .height_px = 8,
             .frame_rate = {25, 1},
             .time_base = {1, 1000},
             .frames_estimate = std::nullopt};
  }
  const ClipInfo& info() const override { return info_; }
  std::optional<Frame> next() override {
    if (read == frames_) return std::nullopt;
    const std::int64_t index = read++;
    std::optional<std::int64_t> time = 40 * index;
    if (index == without_time) time.reset();
    return Frame{at::full({3, 8, 16}, 10 * index, at::kByte), time};
  }

  std::int64_t read = 0;
  std::int64_t without_time = -1;

 private:
  std::int64_t frames_;
  ClipInfo info_;
};

// Notes how many frames each call brought; ends the run before the call after `calls_left`.
class CountingModel final : public testing::FakeModel {
 public:
  at::Tensor encode(const at::Tensor& rgb) override {
    if (calls_left-- == 0) throw Error(ErrorKind::kDevice, "stopped");
    batches.push_back(rgb.size(0));
    return FakeModel::encode(rgb);
  }

  int calls_left = -1;
  std::vector<std::int64_t> batches;
};

class FrameEncoderTest : public ::testing::Test {
 protected:
  static constexpr std::int64_t kFrames = 10;

  // Encodes up to `count` frames as one run of the job would. @return all latents that are there.
  at::Tensor run(std::int64_t count = kFrames) {
    CountingSource source(kFrames);
    source.without_time = without_time_;
    CountingModel model;
    model.calls_left = calls_left_;
    Spool spool({.folder = folder_.path(), .job = 7});
    if (distrust_) spool.distrust();
    ClipFrames clip(source, options_, spool);
    Crew crew(testing::members(1));
    FrameEncoder encoder(crew, {&model}, {.size = {16, 8}, .max_vae_frames = 4}, spool);
    SilentProgress progress;
    at::Tensor latents;
    times_.clear();
    try {
      encoder.encode_until(count, clip, progress);
      std::vector<std::int64_t> frames(static_cast<std::size_t>(clip.count()));
      std::iota(frames.begin(), frames.end(), 0);
      latents = encoder.latents(frames).clone();
      times_ = clip.times();
      ended_ = clip.ended();
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kInput) throw;
    }
    read_ = source.read;
    batches_ = model.batches;
    return latents;
  }

  // Changes a byte of record `index`.
  void damage(const std::string& store, std::int64_t index, std::int64_t record_bytes) const {
    std::fstream file(folder_ / (store + ".spool"),
                      std::ios::binary | std::ios::in | std::ios::out);
    constexpr std::int64_t kHeader = RecordFile::kHeaderBytes;
    file.seekp(index * (kHeader + record_bytes) + kHeader + record_bytes / 2).put('\x5a');
  }

  TemporaryFolder folder_;
  bool distrust_ = false;  // As when a record has turned out to be damaged.
  ClipOptions options_ = {.res_px = 0};
  int calls_left_ = -1;
  std::int64_t without_time_ = -1;
  std::vector<std::int64_t> batches_;
  std::vector<std::optional<std::int64_t>> times_;
  std::int64_t read_ = 0;
  bool ended_ = false;
};

TEST_F(FrameEncoderTest, EncodesInBatchesAndKeepsTimes) {
  const at::Tensor latents = run();
  EXPECT_THAT(batches_, ElementsAre(4, 4, 2));
  EXPECT_EQ(latents.sizes(), at::IntArrayRef({10, 4, 1, 2}));
  // Level 90 of 255 between -1 and 1.
  EXPECT_NEAR(latents[9][0][0][0].item<float>(), 90 / 127.5 - 1, 1e-6);
  EXPECT_EQ(times_.back(), 360);
  EXPECT_TRUE(ended_);
}

TEST_F(FrameEncoderTest, DoesNotEvenReadAClipThatIsThere) {
  const at::Tensor before = run();
  const at::Tensor after = run();
  EXPECT_EQ(read_, 0);
  EXPECT_THAT(batches_, IsEmpty());
  EXPECT_TRUE(at::equal(after, before));
  EXPECT_TRUE(ended_);
  EXPECT_EQ(times_.back(), 360);
}

TEST_F(FrameEncoderTest, KeepsThatAFrameHasNoTime) {
  without_time_ = 2;
  run();
  EXPECT_EQ(times_[2], std::nullopt);
  EXPECT_EQ(times_[3], 120);
  const std::vector<std::optional<std::int64_t>> times = times_;
  run();
  EXPECT_EQ(read_, 0);
  EXPECT_EQ(times_, times);
}

TEST_F(FrameEncoderTest, GoesOnAfterTheBatchThatWasTheLast) {
  const TemporaryFolder other;
  calls_left_ = 2;
  EXPECT_FALSE(run().defined());
  calls_left_ = -1;
  const at::Tensor resumed = run();
  EXPECT_THAT(batches_, ElementsAre(2));
  EXPECT_EQ(read_, kFrames);
  std::filesystem::remove(folder_ / "latents.spool");
  EXPECT_TRUE(at::equal(run(), resumed));
  EXPECT_THAT(batches_, ElementsAre(4, 4, 2));
}

// Of a batch with a damaged frame all are encoded, in the company that they had before.
TEST_F(FrameEncoderTest, EncodesADamagedLatentAgain) {
  const at::Tensor before = run();
  damage("latents", 5, 4 * 2 * 4);
  distrust_ = true;
  EXPECT_TRUE(at::equal(run(), before));
  EXPECT_THAT(batches_, ElementsAre(4));
  EXPECT_EQ(read_, kFrames);
}

TEST_F(FrameEncoderTest, ReadsDamagedTimesAndLengthsAgain) {
  run();
  const std::vector<std::optional<std::int64_t>> times = times_;
  damage("times", 3, 8);
  distrust_ = true;
  run();
  EXPECT_THAT(batches_, IsEmpty());
  EXPECT_EQ(times_, times);
  damage("length", 0, 8);
  EXPECT_EQ(run().size(0), kFrames);
  EXPECT_THAT(batches_, IsEmpty());
}

TEST_F(FrameEncoderTest, EncodesAsFarAsAsked) {
  EXPECT_EQ(run(5).size(0), 8) << "whole batches";
  EXPECT_FALSE(ended_);
  EXPECT_EQ(read_, 8);
  EXPECT_EQ(run().size(0), kFrames);
  EXPECT_THAT(batches_, ElementsAre(2));
}

TEST_F(FrameEncoderTest, TakesTheFramesAskedFor) {
  options_.start_frame = 3;
  options_.frame_count = 5;
  const at::Tensor latents = run(100);
  EXPECT_EQ(latents.size(0), 5);
  EXPECT_THAT(times_, ElementsAre(120, 160, 200, 240, 280));
  EXPECT_TRUE(ended_);
  EXPECT_TRUE(at::equal(run(100), latents));
  EXPECT_EQ(read_, 0);
}

TEST_F(FrameEncoderTest, SaysWhenTheFirstFrameIsPastTheEnd) {
  options_.start_frame = 10;
  EXPECT_THAT(message_of(ErrorKind::kInput, [&] { run(); }), HasSubstr("the clip has 10 frames"));
}

}  // namespace
}  // namespace rollingdepth
