// y4m and raw pictures, read back by the ffmpeg program.
#include <gmock/gmock.h>

#include <fstream>
#include <limits>

#include "error_matchers.hpp"
#include "live/pixel_sink.hpp"
#include "live/target_thread.hpp"
#include "loopback.hpp"
#include "target_run.hpp"
#include "temporary_folder.hpp"
#include "write/video_file.hpp"

namespace rollingdepth::live {
namespace {

using rollingdepth::testing::Client;
using rollingdepth::testing::comes_true;
using rollingdepth::testing::largest_difference;
using rollingdepth::testing::output_of;
using rollingdepth::testing::Pictures;
using rollingdepth::testing::TargetRun;
using rollingdepth::testing::TemporaryFolder;
using ::testing::StartsWith;

constexpr FrameSize kSize{35, 22};

// What the ffmpeg program makes of a y4m file, [N, H, W].
template <class Value>
std::vector<Value> read_by_ffmpeg(const std::filesystem::path& file, const std::string& format) {
  const std::string bytes = output_of("ffmpeg -v error -strict -1 -i '" + file.string() +
                                      "' -f rawvideo -pix_fmt " + format + " -");
  std::vector<Value> values(bytes.size() / sizeof(Value));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(Value));
  return values;
}

std::vector<int> levels(const at::Tensor& shown, int largest) {
  const at::Tensor rounded = (shown * largest).round().to(at::kInt).contiguous();
  return {rounded.data_ptr<int>(), rounded.data_ptr<int>() + rounded.numel()};
}

std::string header_of(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

struct Bits {
  int bits;
  int largest;
  const char* chroma;
  const char* format;
};

class LiveTargetY4m : public ::testing::TestWithParam<Bits> {};

TEST_P(LiveTargetY4m, KeepsTheLevelsOfDepth) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "a.y4m";
  TargetRun run(file, {.depth_bits = GetParam().bits}, kSize);
  EXPECT_FALSE(run->shows_view());
  std::vector<int> expected;
  for (int n = 0; n < 5; ++n) {
    const SharedPicture picture = run.pictures.next();
    const std::vector<int> of_one = levels(picture->shown, GetParam().largest);
    expected.insert(expected.end(), of_one.begin(), of_one.end());
    run->put(picture);
  }
  run->finish();
  EXPECT_EQ(header_of(file), std::string("YUV4MPEG2 W35 H22 F25:1 Ip A1:1 C") + GetParam().chroma);
  std::vector<int> read;
  if (GetParam().bits == 8) {
    const auto values = read_by_ffmpeg<std::uint8_t>(file, GetParam().format);
    read.assign(values.begin(), values.end());
  } else {
    const auto values = read_by_ffmpeg<std::uint16_t>(file, GetParam().format);
    read.assign(values.begin(), values.end());
  }
  EXPECT_EQ(read, expected);
}

INSTANTIATE_TEST_SUITE_P(, LiveTargetY4m,
                         ::testing::Values(Bits{8, 255, "mono", "gray"},
                                           Bits{10, 1023, "mono10", "gray10le"},
                                           Bits{16, 65535, "mono16", "gray16le"}),
                         [](const auto& about) { return std::to_string(about.param.bits); });

TEST(LiveTargetY4mColor, IsReadBackInTheSameColors) {
  const TemporaryFolder folder;
  TargetRun run(folder / "a.y4m", {.view = View::kColor}, kSize);
  EXPECT_TRUE(run->shows_view());
  run.put(3);
  run->finish();
  EXPECT_EQ(header_of(folder / "a.y4m"), "YUV4MPEG2 W35 H22 F25:1 Ip A1:1 C444");
  const at::Tensor pictures = rollingdepth::testing::decoded(folder / "a.y4m", 22, 35);
  ASSERT_EQ(pictures.size(0), 3);
  EXPECT_LE(largest_difference(pictures[2], run.pictures.view_of(2)), 3);
}

// Standard output while it lives is a pipe into a program or a test.
class StandardOutput {
 public:
  StandardOutput() {
    if (pipe2(ends_, O_CLOEXEC) != 0) throw std::runtime_error("pipe");
    before_ = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0);
    std::fflush(stdout);
    dup2(ends_[1], STDOUT_FILENO);
    close(ends_[1]);
  }
  ~StandardOutput() {
    end();
    close_reader();
  }
  StandardOutput(const StandardOutput&) = delete;
  StandardOutput& operator=(const StandardOutput&) = delete;

  /// The terminal again: the pipe ends.
  void end() {
    if (before_ < 0) return;
    dup2(before_, STDOUT_FILENO);
    close(std::exchange(before_, -1));
  }
  void close_reader() {
    if (ends_[0] >= 0) close(std::exchange(ends_[0], -1));
  }
  [[nodiscard]] int reader() const { return ends_[0]; }
  /// All that comes until the pipe ends.
  [[nodiscard]] std::string read_all() const {
    std::string text, part(65536, '\0');
    for (ssize_t size = 0; (size = read(ends_[0], part.data(), part.size())) > 0;) {
      text.append(part, 0, static_cast<std::size_t>(size));
    }
    return text;
  }

 private:
  int ends_[2] = {-1, -1};
  int before_ = -1;
};

TEST(LiveTargetPipe, GivesY4mToAnotherProgram) {
  const TemporaryFolder folder;
  const std::filesystem::path file = folder / "read.gray";
  std::vector<int> expected;
  {
    StandardOutput output;
    Client client("ffmpeg -v error -strict -1 -i - -f rawvideo -pix_fmt gray16le " + file.string(),
                  output.reader());
    output.close_reader();
    TargetRun run("-", {}, kSize, false);
    for (int n = 0; n < 40; ++n) {
      const SharedPicture picture = run.pictures.next();
      const std::vector<int> of_one = levels(picture->shown, 65535);
      expected.insert(expected.end(), of_one.begin(), of_one.end());
      run->put(picture);
    }
    run->finish();
    output.end();
    EXPECT_EQ(client.wait(), 0);
    EXPECT_EQ(run->counts().sent, 40);
  }
  std::ifstream stream(file, std::ios::binary);
  std::vector<std::uint16_t> read(expected.size() + 1);
  stream.read(reinterpret_cast<char*>(read.data()), static_cast<std::streamsize>(2 * read.size()));
  read.resize(static_cast<std::size_t>(stream.gcount()) / 2);
  EXPECT_EQ(std::vector<int>(read.begin(), read.end()), expected);
}

TEST(LiveTargetPipe, GivesDepthAsItIs) {
  TargetOptions options{.raw_output = true, .raw_pixel_format = "grayf32le"};
  std::string bytes, expected;
  {
    StandardOutput output;
    TargetRun run("-", options, {6, 4}, false);
    for (int n = 0; n < 5; ++n) {
      const SharedPicture picture = run.pictures.next();
      expected.append(static_cast<const char*>(picture->depth.const_data_ptr()),
                      picture->depth.nbytes());
      run->put(picture);
    }
    run->finish();
    output.end();
    bytes = output.read_all();
  }
  EXPECT_TRUE(bytes == expected);
}

TEST(LiveTargetPipe, GivesTheViewAsItIs) {
  TargetOptions options{.view = View::kSideBySide, .raw_output = true, .raw_pixel_format = "rgb24"};
  std::string bytes;
  Pictures pictures({6, 4});
  {
    StandardOutput output;
    TargetRun run("-", options, {6, 4}, false);
    EXPECT_TRUE(run->shows_view());
    run.put(2);
    run->finish();
    output.end();
    bytes = output.read_all();
  }
  ASSERT_EQ(bytes.size(), 2 * 6 * 4 * 3);
  const at::Tensor second = at::from_blob(bytes.data() + 72, {4, 6, 3}, at::kByte);
  EXPECT_TRUE(second.equal(pictures.view_of(1)));
}

TEST(LiveTargetPipe, ShowsWhatIsNoNumberAsFar) {
  PixelPictures pixels({.is_y4m = false, .format = PixelFormat::kGray8}, Pictures({3, 2}).shape());
  LivePicture picture;
  const float nan = std::numeric_limits<float>::quiet_NaN();
  picture.shown = at::tensor({nan, -1.0F, 0.0F, 0.5F, 1.0F, 2.0F}).view({2, 3});
  EXPECT_THAT(pixels.bytes(picture), ::testing::ElementsAre(0, 0, 0, 128, 255, 255));
}

TEST(LiveTargetPipe, TellsThatItsReaderHasGone) {
  StandardOutput output;
  TargetRun run("-", {}, kSize, false);
  run.put(1);
  output.close_reader();
  EXPECT_THROW({ run.put_until([] { return false; }); }, ReaderGone);
  EXPECT_THROW(run->finish(), ReaderGone);
}

TEST(LiveTargetPipe, EndsThoughItIsFull) {
  StandardOutput output;
  TargetRun run("-", {}, {640, 360}, false);
  {
    const JoiningThread putting([&] { run.put(8); });  // More than pipe and queue hold.
    EXPECT_TRUE(comes_true([&] { return run->counts().waiting == 4; }));
    run.stop.raise();
  }
  run->finish();
  EXPECT_EQ(run->counts().sent, 0);
  output.end();
  EXPECT_THAT(output.read_all(), StartsWith("YUV4MPEG2 "));
}

TEST(LiveTargetPipe, KeepsTheNewestOfASourceThatDrops) {
  std::string bytes;
  {
    StandardOutput output;
    TargetRun run("-", {.raw_output = true, .raw_pixel_format = "grayf32le"}, {640, 360}, true);
    run.put(1);
    // It is in the pipe as far as that goes; all the others come while it waits.
    EXPECT_TRUE(comes_true([&] { return run->counts().waiting == 0; }));
    run.put(20);
    EXPECT_EQ(run->counts().dropped, 19);
    const JoiningThread reading([&] { bytes = output.read_all(); });
    EXPECT_TRUE(comes_true([&] { return run->counts().sent == 2; }));
    run->finish();
    output.end();
    EXPECT_THAT(run.sent(), ::testing::ElementsAre(0, 20));
  }
  ASSERT_EQ(bytes.size(), 2 * 640 * 360 * sizeof(float));
}

TEST(LiveTargetPipe, HasAHeaderWithoutPicturesToo) {
  std::string bytes;
  {
    StandardOutput output;
    TargetRun run("-", {}, kSize, false);
    run->finish();
    output.end();
    bytes = output.read_all();
  }
  EXPECT_EQ(bytes, "YUV4MPEG2 W35 H22 F25:1 Ip A1:1 Cmono16\n");
}

}  // namespace
}  // namespace rollingdepth::live
