// Video4Linux devices: refusals, and what a driver that agrees is given.
#include <gmock/gmock.h>
#include <linux/videodev2.h>

#include <cerrno>
#include <filesystem>

#include "error_matchers.hpp"
#include "live/camera_sink.hpp"
#include "loopback.hpp"
#include "target_run.hpp"

namespace rollingdepth::live {
namespace {

using rollingdepth::testing::message_of;
using rollingdepth::testing::Pictures;
using rollingdepth::testing::TargetRun;
using ::testing::AllOf;
using ::testing::HasSubstr;

TEST(LiveTargetCamera, TellsThatThereIsNoSuchDevice) {
  EXPECT_THAT(message_of(ErrorKind::kOutput, [] { TargetRun run("v4l2:/dev/video987"); }),
              AllOf(HasSubstr("v4l2:/dev/video987"), HasSubstr("no such device")));
}

TEST(LiveTargetCamera, TellsThatADeviceIsNoVideoDevice) {
  EXPECT_THAT(message_of(ErrorKind::kOutput, [] { TargetRun run("v4l2:/dev/null"); }),
              AllOf(HasSubstr("v4l2:/dev/null"), HasSubstr("no video device")));
}

// A driver without a device: what is written goes into a pipe.
class FakeDriver {
 public:
  explicit FakeDriver(std::uint32_t capabilities) : capabilities_(capabilities) {
    if (pipe(ends_) != 0) throw std::runtime_error("pipe");
  }
  ~FakeDriver() { close(ends_[0]); }
  FakeDriver(const FakeDriver&) = delete;
  FakeDriver& operator=(const FakeDriver&) = delete;

  CameraDevice device() {
    return {.file = OpenDescriptor(ends_[1]), .ask = [this](unsigned long request, void* argument) {
              return ask(request, argument);
            }};
  }
  [[nodiscard]] std::vector<std::uint8_t> read_all() const {
    std::vector<std::uint8_t> bytes(65536);
    const ssize_t size = read(ends_[0], bytes.data(), bytes.size());
    bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return bytes;
  }

  std::uint32_t row_padding = 0;  // Bytes that it wants after each row.
  std::uint32_t largest_width_px = 4096;
  int refusal = 0;  // errno of VIDIOC_S_FMT.

 private:
  int ask(unsigned long request, void* argument) {
    if (request == VIDIOC_QUERYCAP) {
      auto& facts = *static_cast<v4l2_capability*>(argument);
      facts.capabilities = V4L2_CAP_DEVICE_CAPS | V4L2_CAP_VIDEO_OUTPUT;  // Of all its devices.
      facts.device_caps = capabilities_;
      return 0;
    }
    if (request != VIDIOC_S_FMT || refusal != 0) {
      errno = refusal != 0 ? refusal : ENOTTY;
      return -1;
    }
    v4l2_pix_format& pixels = static_cast<v4l2_format*>(argument)->fmt.pix;
    pixels.width = std::min(pixels.width, largest_width_px);
    pixels.bytesperline = 2 * pixels.width + row_padding;
    pixels.sizeimage = pixels.bytesperline * pixels.height;
    return 0;
  }

  std::uint32_t capabilities_;
  int ends_[2] = {-1, -1};
};

std::string refusal_of(FakeDriver& driver) {
  return message_of(ErrorKind::kOutput, [&] {
    auto ledger = std::make_shared<TargetLedger>("v4l2:fake", PictureSent(), TargetRemark());
    make_camera_sink(driver.device(), "v4l2:fake", {8, 4}, ledger);
  });
}

TEST(LiveTargetCamera, TellsThatACameraTakesNoPictures) {
  FakeDriver driver(V4L2_CAP_VIDEO_CAPTURE);
  EXPECT_THAT(refusal_of(driver), HasSubstr("takes no pictures"));
}

TEST(LiveTargetCamera, TellsThatTheDriverWantsOtherPictures) {
  FakeDriver driver(V4L2_CAP_VIDEO_OUTPUT);
  driver.largest_width_px = 4;
  EXPECT_THAT(refusal_of(driver), AllOf(HasSubstr("4x4"), HasSubstr("8x4")));
  FakeDriver busy(V4L2_CAP_VIDEO_OUTPUT);
  busy.refusal = EBUSY;
  EXPECT_THAT(refusal_of(busy), HasSubstr("another program"));
}

TEST(LiveTargetCamera, WritesPicturesAsTheDriverWantsThem) {
  FakeDriver driver(V4L2_CAP_VIDEO_OUTPUT);
  driver.row_padding = 6;
  auto ledger = std::make_shared<TargetLedger>("v4l2:fake", PictureSent(), TargetRemark());
  const auto sink = make_camera_sink(driver.device(), "v4l2:fake", {7, 2}, ledger);  // Padded to 8.
  auto picture = std::make_shared<LivePicture>();
  // BT.601, limited: red is Y 82, U 90, V 240; black Y 16, U and V 128.
  picture->view = at::zeros({2, 7, 3}, at::kByte);
  picture->view[0].select(1, 0).fill_(255);
  sink->write(picture);
  sink->finish();
  EXPECT_EQ(ledger->counts().sent, 1);
  const std::vector<std::uint8_t> bytes = driver.read_all();
  ASSERT_EQ(bytes.size(), 2 * (2 * 8 + 6));
  const int red[] = {82, 90, 82, 240}, black[] = {16, 128, 16, 128};
  for (std::size_t i = 0; i < 16; ++i) {
    EXPECT_NEAR(bytes[i], red[i % 4], 1) << i;
    EXPECT_NEAR(bytes[22 + i], black[i % 4], 1) << i;
  }
}

TEST(LiveTargetCamera, FeedsALoopbackDevice) {
  std::string device;
  for (int n = 0; n < 64 && device.empty(); ++n) {
    const std::string name = "/dev/video" + std::to_string(n);
    if (std::filesystem::exists(name)) device = name;
  }
  if (device.empty()) GTEST_SKIP() << "this machine has no /dev/video*";
  try {
    TargetRun run("v4l2:" + device, {}, {640, 360});
    EXPECT_TRUE(run.put_until([&] { return run->counts().sent > 10; }));
    run->finish();
  } catch (const Error& error) {
    GTEST_SKIP() << "no loopback device: " << error.what();
  }
}

}  // namespace
}  // namespace rollingdepth::live
