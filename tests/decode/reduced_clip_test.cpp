#include "decode/reduced_clip.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "clip_run/tensor_clip.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::TensorSource;

// Frame i has the level i; 25 a second.
std::unique_ptr<FrameSource> counted(std::int64_t frames, std::int64_t height = 8,
                                     std::int64_t width = 12) {
  const at::Tensor levels = at::arange(frames, at::kByte).view({frames, 1, 1, 1});
  auto source =
      std::make_unique<TensorSource>(levels.expand({frames, 3, height, width}).contiguous());
  source->claim(frames, /*exact=*/true);
  return source;
}

std::vector<int> levels_of(FrameSource& source) {
  std::vector<int> levels;
  while (std::optional<Frame> frame = source.next()) {
    levels.push_back(frame->rgb[0][0][0].item<int>());
  }
  return levels;
}

TEST(Stride, IsAWholeNumberHalfToEven) {
  EXPECT_EQ(stride_of({30, 1}, {10, 1}), 3);
  EXPECT_EQ(stride_of({25, 1}, {10, 1}), 2);  // 2.5
  EXPECT_EQ(stride_of({35, 1}, {10, 1}), 4);  // 3.5
  EXPECT_EQ(stride_of({24, 1}, {30, 1}), 1);
  EXPECT_EQ(stride_of({1'000'000, 1}, {1, 100'000'000}), 1'000'000'000);
}

TEST(ReducedClip, DropsFramesByWholeStrides) {
  const auto clip = reduced_clip(counted(7), {.target_rate = Rational{12, 1}});
  EXPECT_EQ(clip->info().frame_rate.value(), 12.5);
  EXPECT_EQ(clip->info().frames_estimate, 4);
  EXPECT_THAT(levels_of(*clip), ElementsAre(0, 2, 4, 6));
  EXPECT_THAT(clip->survey(0, 0), ElementsAre(HasSubstr("12.5 a second where 12 were asked for")));
}

TEST(ReducedClip, SaysNothingOfTheRateThatWasAskedFor) {
  const auto clip = reduced_clip(counted(7), {.target_rate = Rational{25, 3}});
  EXPECT_THAT(levels_of(*clip), ElementsAre(0, 3, 6));
  EXPECT_THAT(clip->survey(0, 0), IsEmpty());
}

TEST(ReducedClip, MakesLargePicturesSmaller) {
  const auto clip = reduced_clip(counted(2, 90, 160), {.target_rate = {}, .max_res_px = 40});
  EXPECT_EQ(clip->info().width_px, 40);
  EXPECT_EQ(clip->info().height_px, 22);  // 22.5, and even.
  const std::optional<Frame> frame = clip->next();
  EXPECT_EQ(frame->rgb.sizes(), (std::vector<std::int64_t>{3, 22, 40}));
  EXPECT_EQ(frame->rgb.scalar_type(), at::kByte);
}

TEST(ReducedClip, KeepsWhatIsSmallEnough) {
  const auto clip = reduced_clip(counted(2, 8, 11), {.target_rate = {}, .max_res_px = 11});
  EXPECT_EQ(clip->info().width_px, 11);
  EXPECT_EQ(levels_of(*clip).size(), 2U);
}

}  // namespace
}  // namespace rollingdepth
