#include "live/video_file_sink.hpp"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "decode/file_extension.hpp"
#include "live/disk_reserve.hpp"
#include "live/live_encoding.hpp"
#include "write/encoder.hpp"
#include "write/rgb_to_yuv.hpp"

namespace rollingdepth::live {
namespace {

std::string container_of(const std::filesystem::path& file) {
  const std::string ending = lower_extension(file);
  if (ending == ".mkv") return "matroska";
  return ending == ".ts" ? "mpegts" : ending.substr(1);
}

constexpr int kLongestHours = 6;
constexpr std::int64_t kIndexBytes = 64;  // Of a picture; the tables of MP4 take a quarter of it.

/// Ticks between two pictures. From 2^31 on, 6 h 37 min, libavformat's MP4 and MOV put all that
/// follows a tick apart.
std::int64_t longest_step(const std::string& container) {
  if (container != "mp4" && container != "mov") return std::numeric_limits<std::int64_t>::max();
  return std::int64_t{kLongestHours} * 3600 * kTicksASecond;
}

VideoOptions timing(const PictureShape& shape) {
  VideoOptions options;
  options.frame_rate = known_rate(shape.frame_rate);
  options.time_base = {1, kTicksASecond};
  options.keep_times = true;
  return options;
}

class VideoFileSink final : public PictureSink {
 public:
  VideoFileSink(const std::filesystem::path& file, int bits, const PictureShape& shape,
                std::shared_ptr<TargetLedger> ledger)
      : VideoFileSink(file, live_encoding(shape.view, bits, container_of(file)), shape,
                      std::move(ledger)) {}

  void write(const SharedPicture& picture) override {
    const LiveTimes::Picture time = times_.next(picture->frame.time_us);
    if (time.is_earlier) {
      ledger_->remark("no pictures for longer than the " + std::to_string(kLongestHours) +
                      " hours that the file can hold between two: it has so many");
    }
    AVFrame& yuv = encoder_.picture();
    to_yuv_.convert(picture->view, yuv);
    yuv.pict_type = time.is_key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    encoder_.send(time.ticks);
    is_empty_ = false;
    ledger_->sent(*picture);
    if (!reserve_.is_reached(kIndexBytes * ++pictures_)) return;
    finish();
    reserve_.tell_of_the_end();
  }

  void finish() override {
    if (!is_empty_) encoder_.finish();
  }

  void hurry() override {}  // A disk is no receiver.

 private:
  VideoFileSink(const std::filesystem::path& file, const EncoderSettings& settings,
                const PictureShape& shape, std::shared_ptr<TargetLedger> ledger)
      : ledger_(std::move(ledger)),
        encoder_(file, settings, timing(shape)),
        to_yuv_(shape.view, {.pixels = settings.pixel_format}),
        times_(longest_step(settings.container)),
        reserve_(file) {
    ledger_->receiver_came("");
  }

  std::shared_ptr<TargetLedger> ledger_;
  Encoder encoder_;
  RgbToYuv to_yuv_;
  LiveTimes times_;
  DiskReserve reserve_;
  std::int64_t pictures_ = 0;
  bool is_empty_ = true;
};

}  // namespace

std::unique_ptr<PictureSink> make_video_file_sink(const std::filesystem::path& file, int bits,
                                                  const PictureShape& shape,
                                                  std::shared_ptr<TargetLedger> ledger) {
  return std::make_unique<VideoFileSink>(file, bits, shape, std::move(ledger));
}

}  // namespace rollingdepth::live
