#include "live/live_encoding.hpp"

#include <algorithm>

#include "write/rgb_to_yuv.hpp"

namespace rollingdepth::live {
namespace {

// So many are fast enough for every size that a network takes on a processor, and leave the rest to
// it.
constexpr int kThreads = 2;

}  // namespace

EncoderSettings live_encoding(FrameSize view, int bits, const std::string& container) {
  EncoderSettings settings;
  const bool is_h265 = bits > 8;
  settings.codec = is_h265 ? "libx265" : "libx264";
  settings.container = container;
  settings.pixel_format = is_h265 ? AV_PIX_FMT_YUV420P10LE : AV_PIX_FMT_YUV420P;
  const FrameSize padded = padded_size(view, settings.pixel_format);
  settings.width_px = static_cast<int>(padded.width_px);
  settings.height_px = static_cast<int>(padded.height_px);
  settings.threads = kThreads;
  // Key frames are asked for by time; the longest distance only keeps them from coming more often.
  settings.codec_options = {{"preset", "ultrafast"}, {"tune", "zerolatency"},
                            {"crf", "20"},           {"bf", "0"},
                            {"g", "1000"},           {"forced-idr", "1"}};
  const std::string parameters =
      is_h265 ? x265_parameters(settings.width_px, kThreads) : x264_parameters();
  if (!parameters.empty()) {
    settings.codec_options.emplace_back(is_h265 ? "x265-params" : "x264-params", parameters);
  }
  const bool is_mp4 = container == "mp4" || container == "mov";
  if (is_h265 && is_mp4) settings.codec_tag = MKTAG('h', 'v', 'c', '1');
  return settings;
}

Rational known_rate(const Rational& rate) { return rate.positive() ? rate : Rational{25, 1}; }

LiveTimes::Picture LiveTimes::next(std::int64_t time_us) {
  Picture picture{.ticks = 0, .is_key = !first_us_};
  if (!first_us_) first_us_ = time_us;
  constexpr std::int64_t kMicroseconds = 1'000'000;
  const std::int64_t ticks =
      av_rescale(time_us - *first_us_, kTicksASecond, kMicroseconds) - left_out_;
  picture.ticks = std::max(last_ticks_ + 1, ticks);
  if (picture.ticks - last_ticks_ > longest_step_) {
    picture.is_earlier = true;
    left_out_ += picture.ticks - last_ticks_ - longest_step_;
    picture.ticks = last_ticks_ + longest_step_;
  }
  if (picture.ticks - key_ticks_ >= kTicksASecond) picture.is_key = true;
  if (picture.is_key) key_ticks_ = picture.ticks;
  last_ticks_ = picture.ticks;
  return picture;
}

}  // namespace rollingdepth::live
