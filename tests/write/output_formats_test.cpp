#include "write/output_formats.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <array>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

#include "error_matchers.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::HasSubstr;
using testing::message_of;

std::string text_of(const std::string& file) {
  std::ifstream from(std::string(ROLLINGDEPTH_SOURCE_DIR) + "/" + file);
  return {std::istreambuf_iterator<char>(from), {}};
}

TEST(OutputFormats, HaveNamesAndEndingsOfTheirOwn) {
  std::set<std::string> names, endings;
  for (const OutputFormat& format : output_formats()) {
    EXPECT_TRUE(names.insert(std::string(format.name)).second) << format.name;
    EXPECT_TRUE(endings.insert(format.ending_for("jet")).second) << format.name;
    EXPECT_EQ(&output_format(format.name), &format);
    EXPECT_EQ(format.kind == OutputOption::kChoice, *format.choice != '\0') << format.name;
    // Disk or an encoder's memory: the dry run has something to count.
    EXPECT_TRUE(format.bytes_per_pixel > 0 || format.bytes_per_point > 0 ||
                format.memory_bytes != nullptr || format.make == nullptr)
        << format.name;
  }
}

// --help and the man page are compared in tests/packaging.
TEST(OutputFormats, StandInTheDocumentation) {
  const std::string outputs = text_of("README.md") + text_of("docs/outputs.md");
  const std::string completion = text_of("scripts/completion.bash");
  const std::string manual = text_of("docs/rollingdepth.1");
  for (const OutputFormat& format : output_formats()) {
    const std::string ending = format.kind == OutputOption::kColormaps ? ".mp4" : format.ending;
    EXPECT_THAT(outputs, HasSubstr(ending)) << format.name;
    EXPECT_THAT(manual, HasSubstr(ending)) << format.name;
    EXPECT_THAT(format.help, HasSubstr("STEM")) << format.name;
    EXPECT_THAT(format.help, HasSubstr(ending)) << format.name;
    EXPECT_THAT(completion, HasSubstr(format.first_option())) << format.name;
    EXPECT_THAT(completion, HasSubstr(format.choice)) << format.name;
  }
}

TEST(OutputFormats, OfOneOptionExcludeEachOther) {
  OutputChoice outputs = default_outputs();
  choose_output(outputs, "--depth-video", "ffv1");
  choose_output(outputs, "--depth-video", "h265");
  EXPECT_FALSE(outputs["ffv1"]);
  EXPECT_TRUE(outputs["h265"]);
  EXPECT_THAT(
      message_of(ErrorKind::kUsage, [&] { choose_output(outputs, "--depth-video", "ffv2"); }),
      HasSubstr("--depth-video: unknown depth video 'ffv2' (did you mean 'ffv1'?); known are "
                "ffv1 h265"));
}

TEST(OutputFormats, AreKnownByTheirNames) {
  EXPECT_EQ(input_of_output("clip_pred.npy"), "clip");
  EXPECT_EQ(input_of_output("clip_Greys_r.mp4"), "clip");
  EXPECT_EQ(input_of_output("a_b_png16"), "a_b");
  EXPECT_EQ(input_of_output("clip_depth.mkv"), "clip");
  EXPECT_EQ(input_of_output("clip.mp4"), std::nullopt);
  EXPECT_EQ(input_of_output("clip_grey.mp4"), std::nullopt);
}

// A sink of every format is made from its row, tried and finished. One frame is less than encoders
// like to look ahead.
class OutputFormatsOf : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Frames, OutputFormatsOf, ::testing::Values(1, 2, 5));

TEST_P(OutputFormatsOf, FramesMakeFilesOfTheirNames) {
  const testing::TemporaryFolder folder;
  const DepthClipInfo clip{.frames = GetParam(),
                           .height_px = 48,
                           .width_px = 64,
                           .min = 0,
                           .max = 1,
                           .frame_rate = {24, 1},
                           .time_base = {1, 24}};
  class Colors final : public FrameSource {
   public:
    const ClipInfo& info() const override { return info_; }
    std::optional<Frame> next() override { return Frame{at::zeros({3, 48, 64}, at::kByte), 0}; }

   private:
    ClipInfo info_;
  };
  for (const OutputFormat& format : output_formats()) {
    if (format.make == nullptr) continue;
    const std::filesystem::path file = folder / ("clip" + format.ending_for("jet"));
    if (format.check != nullptr) format.check(file, clip, std::nullopt);
    EXPECT_FALSE(std::filesystem::exists(file)) << format.name;
    const auto sink =
        format.make(file, {.fps = {},
                           .colormap = "jet",
                           .colors = {.open = [] { return std::make_unique<Colors>(); }},
                           .pixels_per_metre = {},
                           .sight_lines =
                               [](FrameSize) {
                                 return SightLines{.at_unit_distance = [](double x, double y) {
                                   return std::array<double, 2>{x, y};
                                 }};
                               },
                           .points = {}});
    sink->begin(clip);
    for (std::int64_t n = 0; n < clip.frames; ++n) sink->write(at::rand({48, 64}), n);
    sink->finish();
    EXPECT_EQ(std::filesystem::is_directory(file), format.shape == OutputShape::kFolder)
        << format.name;
    EXPECT_TRUE(std::filesystem::exists(file)) << format.name;
  }
}

}  // namespace
}  // namespace rollingdepth
