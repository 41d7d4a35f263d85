#include "write/ply_sink.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "error_matchers.hpp"
#include "file_size_limit.hpp"
#include "ply_reader.hpp"
#include "temporary_folder.hpp"
#include "write/output_formats.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using testing::FileSizeLimit;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;
using testing::PlyFile;
using testing::read_ply;
using testing::TemporaryFolder;

constexpr std::int64_t kHeight = 6;
constexpr std::int64_t kWidth = 8;

/// Frame n is all of the colour (n, 2 n, 3 n), and twice as large as the depth.
class FlatFrames final : public FrameSource {
 public:
  explicit FlatFrames(int frames) : frames_(frames) {
    info_.name = "flat.mp4";
    info_.width_px = 2 * kWidth;
    info_.height_px = 2 * kHeight;
  }
  const ClipInfo& info() const override { return info_; }
  std::optional<Frame> next() override {
    if (next_ == frames_) return std::nullopt;
    at::Tensor rgb = at::empty({3, 2 * kHeight, 2 * kWidth}, at::kByte);
    for (int channel = 0; channel < 3; ++channel) rgb[channel].fill_(next_ * (channel + 1));
    return Frame{.rgb = rgb, .pts = next_++};
  }

 private:
  ClipInfo info_;
  int frames_;
  int next_ = 0;
};

ColorFrames flat_frames(int frames, std::int64_t start = 0) {
  return {.open = [frames] { return std::make_unique<FlatFrames>(frames); }, .start_frame = start};
}

/// A camera whose focal length is the width of the pictures it is asked for.
SightLines lines_of(FrameSize pictures) {
  const auto focal = static_cast<double>(pictures.width_px);
  return {.at_unit_distance =
              [focal](double x, double y) {
                return std::array<double, 2>{x / focal, y / focal};
              },
          .text = "as wide as far",
          .is_assumed = true};
}

DepthClipInfo metres(std::int64_t frames) {
  DepthClipInfo info;
  info.frames = frames;
  info.height_px = kHeight;
  info.width_px = kWidth;
  info.min = 1;
  info.max = 4;
  info.values = DepthValues::kMetres;
  return info;
}

void write_frames(DepthSink& sink, const DepthClipInfo& info) {
  sink.begin(info);
  for (std::int64_t i = 0; i < info.frames; ++i) {
    sink.write(at::full({kHeight, kWidth}, static_cast<float>(1 + i)), i);
  }
  sink.finish();
}

TEST(PlySink, WritesAFileOfColouredPointsForEachFrame) {
  const TemporaryFolder folder;
  const auto sink = make_ply_sink(folder / "clip_ply", flat_frames(9, 5), &lines_of, {});
  EXPECT_EQ(sink->name(), "clip_ply");
  write_frames(*sink, metres(3));
  EXPECT_TRUE(std::filesystem::exists(folder / "clip_ply" / "000002.ply"));
  const PlyFile file = read_ply(folder / "clip_ply" / "000001.ply");
  EXPECT_THAT(
      file.header,
      ElementsAre("ply", "format binary_little_endian 1.0", "element vertex 48", "property float x",
                  "property float y", "property float z", "property uchar red",
                  "property uchar green", "property uchar blue", "end_header"));
  EXPECT_THAT(file.comments, ElementsAre(HasSubstr("unit metres"), "camera as wide as far",
                                         HasSubstr("y down, z forward")));
  ASSERT_EQ(file.points.size(), 48U);
  // Row 1, column 3 of the depth: 7 of 16 pixels to the right in the clip, 3 down, 2 m away.
  const ColoredPoint& point = file.points[kWidth + 3];
  EXPECT_FLOAT_EQ(point.x, 2 * 7.0F / 16);
  EXPECT_FLOAT_EQ(point.y, 2 * 3.0F / 16);
  EXPECT_FLOAT_EQ(point.z, 2);
  EXPECT_EQ(point.red, 6);  // Frame 5 belongs to the first map.
  EXPECT_EQ(point.green, 12);
  EXPECT_EQ(point.blue, 18);
  EXPECT_THAT(sink->remarks(), ElementsAre(HasSubstr("focal length is assumed")));
}

TEST(PlySink, TellsThatItsUnitIsRelativeAndWhatIsEmpty) {
  const TemporaryFolder folder;
  DepthClipInfo info = metres(2);
  info.values = DepthValues::kAffineInverse;
  info.min = 2;  // The first frame is farther than all.
  info.max = 3;
  const auto sink = make_ply_sink(folder / "a", flat_frames(2), &lines_of, {.sky = 0.5});
  sink->begin(info);
  sink->write(at::full({kHeight, kWidth}, 2.0F), 0);
  sink->write(at::full({kHeight, kWidth}, 3.0F), 1);
  sink->finish();
  EXPECT_THAT(sink->remarks(), ElementsAre(HasSubstr("focal length"), HasSubstr("unit relative"),
                                           HasSubstr("1 frame has no points")));
  EXPECT_THAT(read_ply(folder / "a" / "000000.ply").points, IsEmpty());
}

TEST(PlySink, NamesFilesAsTheInputsPicturesAreNumbered) {
  const TemporaryFolder folder;
  DepthClipInfo info = metres(2);
  info.frame_numbers = {"1001", "1003"};
  write_frames(*make_ply_sink(folder / "a", flat_frames(2), &lines_of, {}), info);
  EXPECT_TRUE(std::filesystem::exists(folder / "a" / "1003.ply"));
}

TEST(PlySink, LeavesNothingBehindWhereTheColoursEndTooEarly) {
  const TemporaryFolder folder;
  EXPECT_THAT(message_of(ErrorKind::kInput,
                         [&] {
                           write_frames(*make_ply_sink(folder / "a", flat_frames(2), &lines_of, {}),
                                        metres(3));
                         }),
              HasSubstr("flat.mp4 ended after 2 frames"));
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(PlySink, LeavesNothingBehindOnAFullDisk) {
  const TemporaryFolder folder;
  {
    const FileSizeLimit limit(400);
    EXPECT_THAT(message_of(ErrorKind::kOutput,
                           [&] {
                             write_frames(
                                 *make_ply_sink(folder / "a", flat_frames(2), &lines_of, {}),
                                 metres(2));
                           }),
                HasSubstr("000000.ply"));
  }
  EXPECT_THAT(folder.names(), IsEmpty());
}

TEST(PlySink, ReplacesAnOlderFolderOfCloudsAndNoOther) {
  const TemporaryFolder folder;
  write_frames(*make_ply_sink(folder / "a", flat_frames(3), &lines_of, {}), metres(3));
  write_frames(*make_ply_sink(folder / "a", flat_frames(1), &lines_of, {}), metres(1));
  EXPECT_FALSE(std::filesystem::exists(folder / "a" / "000001.ply"));
  EXPECT_NO_THROW(check_ply(folder / "a"));
  std::ofstream(folder / "a" / "notes.txt") << "mine";
  EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { check_ply(folder / "a"); }),
              HasSubstr("notes.txt"));
}

TEST(PlySink, IsMadeByItsRowOfTheTable) {
  const TemporaryFolder folder;
  const OutputFormat& format = output_format("ply");
  write_frames(*format.make(folder / "a", {.fps = {},
                                           .colormap = {},
                                           .colors = flat_frames(1),
                                           .pixels_per_metre = {},
                                           .sight_lines = &lines_of,
                                           .points = {.max_points = 5}}),
               metres(1));
  EXPECT_EQ(read_ply(folder / "a" / "000000.ply").points.size(), 5U);
  EXPECT_EQ(format.bytes_per_point, 15);
}

}  // namespace
}  // namespace rollingdepth
