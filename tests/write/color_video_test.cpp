#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "error_matchers.hpp"
#include "temporary_folder.hpp"
#include "video_file.hpp"
#include "write/colormap.hpp"
#include "write/video.hpp"

namespace rollingdepth {
namespace {

using testing::decoded;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::largest_difference;
using testing::message_of;
using testing::probe;
using testing::TemporaryFolder;

constexpr std::int64_t kHeight = 32;
constexpr std::int64_t kWidth = 48;

DepthClipInfo clip() {
  DepthClipInfo info;
  info.frames = 3;
  info.height_px = kHeight;
  info.width_px = kWidth;
  info.min = -1;
  info.max = 1;
  info.frame_rate = {25, 1};
  info.time_base = {1, 12800};
  return info;
}

at::Tensor flat_depth(float value) { return at::full({kHeight, kWidth}, value, at::kFloat); }

void write_depth(DepthSink& sink, const DepthClipInfo& info) {
  sink.begin(info);
  sink.write(flat_depth(-1), 0);
  sink.write(flat_depth(0), 512);
  sink.write(flat_depth(1), 2048);
  sink.finish();
}

// Frame n is all of one grey, 40 + 30 n; twice as large as the depth.
class GreyFrames final : public FrameSource {
 public:
  explicit GreyFrames(int frames) : frames_(frames) { info_.name = "grey.mp4"; }
  const ClipInfo& info() const override { return info_; }
  std::optional<Frame> next() override {
    if (next_ == frames_) return std::nullopt;
    const int grey = 40 + 30 * next_++;
    return Frame{.rgb = at::full({3, 2 * kHeight, 2 * kWidth}, grey, at::kByte), .pts = next_};
  }

 private:
  ClipInfo info_;
  int frames_;
  int next_ = 0;
};

TEST(ColorVideoSink, PaintsDepthOverTheClipsRange) {
  const TemporaryFolder folder;
  auto sink = make_color_video_sink(folder / "a.mp4", "viridis", std::nullopt);
  write_depth(*sink, clip());
  const at::Tensor pictures = decoded(folder / "a.mp4", kHeight, kWidth);
  ASSERT_EQ(pictures.size(0), 3);
  const at::Tensor table = colormap_table("viridis");
  for (const auto& [n, entry] : {std::pair{0, 0}, {1, 128}, {2, 255}}) {
    EXPECT_LE(largest_difference(pictures[n], table[entry]), 5) << "frame " << n;
  }
}

TEST(ColorVideoSink, KeepsTheClipsTimes) {
  const TemporaryFolder folder;
  write_depth(*make_color_video_sink(folder / "a.mp4", "magma", std::nullopt), clip());
  EXPECT_THAT(probe(folder / "a.mp4", "frame=pts"), ElementsAre("0", "512", "2048"));
}

TEST(ColorVideoSink, AGivenRateKeepsEveryFrameAtAConstantRate) {
  const TemporaryFolder folder;
  write_depth(*make_color_video_sink(folder / "a.mp4", "magma", Rational{10, 1}), clip());
  EXPECT_THAT(probe(folder / "a.mp4", "stream=avg_frame_rate,nb_frames"), ElementsAre("10/1", "3"));
}

TEST(ColorVideoSink, UnknownColormapIsAUsageError) {
  EXPECT_THAT(message_of(ErrorKind::kUsage,
                         [] { make_color_video_sink("a.mp4", "viridsi", std::nullopt); }),
              HasSubstr("did you mean 'viridis'?"));
}

TEST(SideBySideSink, PutsColourLeftAndDepthRightOfABlackGap) {
  const TemporaryFolder folder;
  auto sink = make_side_by_side_sink(
      folder / "a.mp4", "Greys_r", std::nullopt,
      {.open = [] { return std::make_unique<GreyFrames>(5); }, .start_frame = 2});
  write_depth(*sink, clip());
  constexpr std::int64_t kGap = 10;
  const at::Tensor pictures = decoded(folder / "a.mp4", kHeight, 2 * kWidth + kGap);
  ASSERT_EQ(pictures.size(0), 3);
  const at::Tensor table = colormap_table("Greys_r");
  for (const auto& [n, entry] : {std::pair{0, 0}, {1, 128}, {2, 255}}) {
    const at::Tensor left = pictures[n].narrow(1, 0, kWidth - 4);
    const at::Tensor gap = pictures[n].narrow(1, kWidth + 4, 2);
    const at::Tensor right = pictures[n].narrow(1, kWidth + kGap + 4, kWidth - 4);
    const int grey = 40 + 30 * (n + 2);  // The first two frames are skipped.
    EXPECT_LE(largest_difference(left, at::full({3}, grey, at::kByte)), 6) << "frame " << n;
    EXPECT_LE(largest_difference(gap, at::zeros({3}, at::kByte)), 12) << "frame " << n;
    EXPECT_LE(largest_difference(right, table[entry]), 6) << "frame " << n;
  }
}

TEST(SideBySideSink, ReportsColourThatEndsEarly) {
  const TemporaryFolder folder;
  {
    auto sink = make_side_by_side_sink(folder / "a.mp4", "Greys_r", std::nullopt,
                                       {.open = [] { return std::make_unique<GreyFrames>(2); }});
    EXPECT_THAT(message_of(ErrorKind::kInput, [&] { write_depth(*sink, clip()); }),
                HasSubstr("grey.mp4 ended after 2 frames"));
  }
  EXPECT_THAT(folder.names(), IsEmpty());
}

// Of an hour of frames before the first one used, none is read after the user has asked to stop.
TEST(SideBySideSink, StopsWhileItSkipsFrames) {
  const TemporaryFolder folder;
  int asked = 0;
  {
    auto sink = make_side_by_side_sink(folder / "a.mp4", "Greys_r", std::nullopt,
                                       {.open = [] { return std::make_unique<GreyFrames>(5); },
                                        .start_frame = 5,
                                        .check_cancelled =
                                            [&asked] {
                                              if (++asked == 3) throw Cancelled();
                                            }});
    EXPECT_THROW(sink->begin(clip()), Cancelled);
  }
  EXPECT_EQ(asked, 3);
  EXPECT_THAT(folder.names(), IsEmpty());
}

}  // namespace
}  // namespace rollingdepth
