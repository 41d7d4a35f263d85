#include "sound/sample_stream.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <vector>

#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

constexpr AVRational kMicroseconds{1, 1'000'000};
// Frames that are further off than this from where they would follow are put where they belong.
// More than times in milliseconds are off, less than can be seen.
constexpr std::int64_t kLargestOffsetUs = 5'000;
constexpr int kSilentSamples = 4096;

FramePtr make_frame() {
  FramePtr frame(av_frame_alloc());
  if (!frame) throw std::bad_alloc();
  return frame;
}

}  // namespace

SampleStream::SampleStream(const AVCodecContext& encoder, std::int64_t length_us)
    : encoder_(encoder),
      end_(av_rescale_q(length_us, kMicroseconds, {1, encoder.sample_rate})),
      fifo_(av_audio_fifo_alloc(encoder.sample_fmt, encoder.ch_layout.nb_channels, kSilentSamples)),
      converted_(make_frame()) {
  if (!fifo_) throw std::bad_alloc();
}

bool SampleStream::fits(const AVFrame& frame) const {
  return format_ && format_->format == frame.format && format_->sample_rate == frame.sample_rate &&
         av_channel_layout_compare(&format_->ch_layout, &frame.ch_layout) == 0;
}

void SampleStream::configure(const AVFrame& frame) {
  format_ = make_frame();
  format_->format = frame.format;
  format_->sample_rate = frame.sample_rate;
  if (av_channel_layout_copy(&format_->ch_layout, &frame.ch_layout) < 0) throw std::bad_alloc();
  AVChannelLayout layout = {};
  if (frame.ch_layout.order == AV_CHANNEL_ORDER_UNSPEC) {
    av_channel_layout_default(&layout, frame.ch_layout.nb_channels);
  } else if (av_channel_layout_copy(&layout, &frame.ch_layout) < 0) {
    throw std::bad_alloc();
  }
  AVChannelLayout to = encoder_.ch_layout;  // Borrowed; not const in all versions.
  SwrContext* converter = nullptr;
  int code =
      swr_alloc_set_opts2(&converter, &to, encoder_.sample_fmt, encoder_.sample_rate, &layout,
                          static_cast<AVSampleFormat>(frame.format), frame.sample_rate, 0, nullptr);
  converter_.reset(converter);
  av_channel_layout_uninit(&layout);
  if (code >= 0) code = swr_init(converter);
  if (code < 0) {
    throw Error(ErrorKind::kInput, "its channels cannot be mixed: " + libav_error_text(code));
  }
}

void SampleStream::add(const AVFrame& frame) {
  std::int64_t due = anchor_;
  if (format_) due += av_rescale(put_in_, encoder_.sample_rate, format_->sample_rate);
  std::int64_t begin = due;
  if (frame.pts != AV_NOPTS_VALUE) {
    begin = av_rescale_q(frame.pts, kMicroseconds, {1, encoder_.sample_rate});
  }
  const std::int64_t offset =
      av_rescale_q(kLargestOffsetUs, kMicroseconds, {1, encoder_.sample_rate});
  const bool moves = std::abs(begin - due) > offset;
  if (!begin_ || moves || !fits(frame)) {
    convert(nullptr);  // What the converter still holds.
    if (!fits(frame)) configure(frame);
    if (!begin_ || moves) place(begin);
    anchor_ = moves || !begin_ ? begin : due;
    put_in_ = 0;
  }
  convert(&frame);
  put_in_ += frame.nb_samples;
}

// Makes what is appended next begin at that time.
void SampleStream::place(std::int64_t begin) {
  if (!begin_) {
    begin_ = std::max<std::int64_t>(begin, 0);
    drop_ = *begin_ - begin;
    return;
  }
  fill(begin);
  drop_ = std::max<std::int64_t>(*begin_ + appended_ - begin, 0);
}

// Appends silence.
void SampleStream::fill(std::int64_t until) {
  FramePtr silence = make_frame();
  silence->format = encoder_.sample_fmt;
  silence->nb_samples = kSilentSamples;
  if (av_channel_layout_copy(&silence->ch_layout, &encoder_.ch_layout) < 0 ||
      av_frame_get_buffer(silence.get(), 0) < 0) {
    throw std::bad_alloc();
  }
  av_samples_set_silence(silence->extended_data, 0, kSilentSamples, encoder_.ch_layout.nb_channels,
                         encoder_.sample_fmt);
  drop_ = 0;
  until = std::min(until, end_);
  while (*begin_ + appended_ < until) {
    append(silence->extended_data,
           std::min<std::int64_t>(until - *begin_ - appended_, kSilentSamples));
  }
}

// @param frame null: what is inside.
void SampleStream::convert(const AVFrame* frame) {
  if (!converter_) return;
  if (frame == nullptr && format_->sample_rate == encoder_.sample_rate) return;  // Holds nothing.
  const int room = swr_get_out_samples(converter_.get(), frame != nullptr ? frame->nb_samples : 0);
  if (room <= 0) return;
  if (converted_->nb_samples < room) {
    av_frame_unref(converted_.get());
    converted_->format = encoder_.sample_fmt;
    converted_->nb_samples = room;
    if (av_channel_layout_copy(&converted_->ch_layout, &encoder_.ch_layout) < 0 ||
        av_frame_get_buffer(converted_.get(), 0) < 0) {
      throw std::bad_alloc();
    }
  }
  const std::uint8_t** from =
      frame != nullptr ? const_cast<const std::uint8_t**>(frame->extended_data) : nullptr;
  const int count = swr_convert(converter_.get(), converted_->extended_data, room, from,
                                frame != nullptr ? frame->nb_samples : 0);
  if (count > 0) append(converted_->extended_data, count);
  // Emptied to its end, a converter takes nothing more until it begins anew.
  if (frame == nullptr) swr_init(converter_.get());
}

void SampleStream::append(std::uint8_t** samples, std::int64_t count) {
  const std::int64_t dropped = std::min(drop_, count);
  drop_ -= dropped;
  const std::int64_t kept =
      std::min(count - dropped, std::max<std::int64_t>(end_ - *begin_ - appended_, 0));
  if (kept <= 0) return;
  const int channels = encoder_.ch_layout.nb_channels;
  std::vector<void*> planes(static_cast<std::size_t>(channels));
  const std::int64_t skipped_bytes = dropped * av_get_bytes_per_sample(encoder_.sample_fmt);
  for (int i = 0; i < channels; ++i)
    planes[static_cast<std::size_t>(i)] = samples[i] + skipped_bytes;
  if (av_audio_fifo_write(fifo_.get(), planes.data(), static_cast<int>(kept)) < kept) {
    throw std::bad_alloc();
  }
  appended_ += kept;
}

void SampleStream::finish() {
  if (begin_) convert(nullptr);
  finished_ = true;
}

bool SampleStream::take(AVFrame& frame, int count) {
  const int there = av_audio_fifo_size(fifo_.get());
  if (there == 0 || (there < count && !finished_)) return false;
  av_frame_unref(&frame);
  frame.format = encoder_.sample_fmt;
  frame.sample_rate = encoder_.sample_rate;
  frame.nb_samples = std::min(count, there);
  if (av_channel_layout_copy(&frame.ch_layout, &encoder_.ch_layout) < 0 ||
      av_frame_get_buffer(&frame, 0) < 0) {
    throw std::bad_alloc();
  }
  av_audio_fifo_read(fifo_.get(), reinterpret_cast<void**>(frame.extended_data), frame.nb_samples);
  frame.pts = *begin_ + taken_;
  taken_ += frame.nb_samples;
  return true;
}

}  // namespace rollingdepth
