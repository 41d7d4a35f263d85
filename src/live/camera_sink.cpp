#include "live/camera_sink.hpp"

#include "base/printable.hpp"
#include "rollingdepth/error.hpp"

#ifdef __linux__
#include <fcntl.h>
#include <linux/videodev2.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "write/rgb_to_yuv.hpp"
#include "write/video_codec.hpp"
#endif

namespace rollingdepth::live {
namespace {

[[noreturn]] void fail(const std::string& shown, const std::string& why) {
  throw Error(ErrorKind::kOutput,
              "cannot show pictures as camera " + printable(shown) + ": " + why);
}

#ifdef __linux__

std::string size_text(std::uint32_t width_px, std::uint32_t height_px) {
  return std::to_string(width_px) + "x" + std::to_string(height_px);
}

// Every driver and every program that opens a camera knows this format.
constexpr YuvFormat kYuyv{.pixels = AV_PIX_FMT_YUYV422, .matrix = SWS_CS_ITU601};

void require_output(const CameraDevice& device, const std::string& shown) {
  v4l2_capability facts{};
  if (device.ask(VIDIOC_QUERYCAP, &facts) != 0) fail(shown, "it is no video device");
  const std::uint32_t all =
      (facts.capabilities & V4L2_CAP_DEVICE_CAPS) != 0 ? facts.device_caps : facts.capabilities;
  if ((all & V4L2_CAP_VIDEO_OUTPUT) == 0) {
    fail(shown, "it takes no pictures (a camera, or a loopback device that another program feeds)");
  }
}

v4l2_format wanted_format(FrameSize size) {
  v4l2_format format{};
  format.type = V4L2_BUF_TYPE_VIDEO_OUTPUT;
  v4l2_pix_format& pixels = format.fmt.pix;
  pixels.width = static_cast<std::uint32_t>(size.width_px);
  pixels.height = static_cast<std::uint32_t>(size.height_px);
  pixels.pixelformat = V4L2_PIX_FMT_YUYV;
  pixels.field = V4L2_FIELD_NONE;
  pixels.bytesperline = 2 * pixels.width;
  pixels.sizeimage = pixels.bytesperline * pixels.height;
  pixels.colorspace = V4L2_COLORSPACE_SRGB;
  pixels.ycbcr_enc = V4L2_YCBCR_ENC_601;
  pixels.quantization = V4L2_QUANTIZATION_LIM_RANGE;
  return format;
}

// @return bytes from row to row, and of a picture, as the driver wants them.
v4l2_pix_format agree_on_format(const CameraDevice& device, FrameSize size,
                                const std::string& shown) {
  v4l2_format format = wanted_format(size);
  const std::string wanted = size_text(format.fmt.pix.width, format.fmt.pix.height);
  if (device.ask(VIDIOC_S_FMT, &format) != 0) {
    const int code = errno;
    fail(shown, code == EBUSY ? "another program feeds it"
                              : "it does not take YUYV pictures of " + wanted + " pixels (" +
                                    std::generic_category().message(code) + ")");
  }
  const v4l2_pix_format& given = format.fmt.pix;
  const bool is_whole =
      given.bytesperline >= 2 * given.width && given.sizeimage >= given.bytesperline * given.height;
  if (given.pixelformat != V4L2_PIX_FMT_YUYV || size_text(given.width, given.height) != wanted ||
      !is_whole) {
    fail(shown, "it takes pictures of " + size_text(given.width, given.height) +
                    " pixels, and not YUYV of " + wanted + "; another program may have chosen so");
  }
  return given;
}

class CameraSink final : public PictureSink {
 public:
  CameraSink(CameraDevice device, std::string shown, FrameSize view,
             std::shared_ptr<TargetLedger> ledger)
      : device_(std::move(device)),
        shown_(std::move(shown)),
        to_yuv_(view, kYuyv),
        ledger_(std::move(ledger)) {
    const FrameSize size = padded_size(view, kYuyv.pixels);
    require_output(device_, shown_);
    const v4l2_pix_format format = agree_on_format(device_, size, shown_);
    row_bytes_ = format.bytesperline;
    bytes_.assign(format.sizeimage, 0);
    yuv_ = allocate_picture(kYuyv.pixels, static_cast<int>(size.width_px),
                            static_cast<int>(size.height_px));
    ledger_->receiver_came("");
  }

  void write(const SharedPicture& picture) override {
    to_yuv_.convert(picture->view, *yuv_);
    for (int y = 0; y < yuv_->height; ++y) {
      std::memcpy(bytes_.data() + static_cast<std::size_t>(y) * row_bytes_,
                  yuv_->data[0] + y * yuv_->linesize[0], static_cast<std::size_t>(2 * yuv_->width));
    }
    // A picture is one call. The device is open without waiting: the next picture is newer anyway.
    const ssize_t written = ::write(device_.file.get(), bytes_.data(), bytes_.size());
    if (written >= 0) {
      ledger_->sent(*picture);
    } else if (errno == EAGAIN || errno == EINTR) {
      ledger_->dropped();
    } else {
      fail(shown_, std::generic_category().message(errno));
    }
  }

  void finish() override {}

  void hurry() override {}  // Nothing waits.

 private:
  CameraDevice device_;
  const std::string shown_;
  RgbToYuv to_yuv_;
  const std::shared_ptr<TargetLedger> ledger_;
  FramePtr yuv_;
  std::size_t row_bytes_ = 0;
  std::vector<std::uint8_t> bytes_;
};

OpenDescriptor open_device(const std::string& device, const std::string& shown) {
  const int descriptor = ::open(device.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC);
  if (descriptor >= 0) return OpenDescriptor(descriptor);
  switch (const int code = errno) {
    case ENOENT:
    case ENXIO:
    case ENODEV:
      fail(shown, "there is no such device (modprobe v4l2loopback makes one)");
    case EACCES:
      fail(shown, "this user may not write to it (it asks for the group video)");
    case EBUSY:
      fail(shown, "another program feeds it");
    default:
      fail(shown, std::generic_category().message(code));
  }
}

#endif

}  // namespace

#ifdef __linux__

std::unique_ptr<PictureSink> make_camera_sink(CameraDevice device, const std::string& shown,
                                              FrameSize view,
                                              std::shared_ptr<TargetLedger> ledger) {
  return std::make_unique<CameraSink>(std::move(device), shown, view, std::move(ledger));
}

std::unique_ptr<PictureSink> make_camera_sink(const std::string& device, FrameSize view,
                                              std::shared_ptr<TargetLedger> ledger) {
  const std::string shown = ledger->shown();
  OpenDescriptor file = open_device(device, shown);
  const int descriptor = file.get();
  auto ask = [descriptor](unsigned long request, void* argument) {
    int code = 0;
    do {
      code = ::ioctl(descriptor, request, argument);
    } while (code != 0 && errno == EINTR);
    return code;
  };
  return make_camera_sink(CameraDevice{.file = std::move(file), .ask = ask}, shown, view,
                          std::move(ledger));
}

#else

std::unique_ptr<PictureSink> make_camera_sink(CameraDevice, const std::string& shown, FrameSize,
                                              std::shared_ptr<TargetLedger>) {
  fail(shown, "such devices are of Linux alone");
}

std::unique_ptr<PictureSink> make_camera_sink(const std::string&, FrameSize,
                                              std::shared_ptr<TargetLedger> ledger) {
  fail(ledger->shown(), "such devices are of Linux alone");
}

#endif

}  // namespace rollingdepth::live
