// Packets of a video through one of libav's decoders, and what becomes of its pictures.
//
// Input: the codec, the size of the header (extradata), which follows, and packets behind two bytes
// of their size each.
extern "C" {
#include <libavutil/cpu.h>
}

#include <array>
#include <cstring>

#include "decode/color_conversion.hpp"
#include "decode/picture_geometry.hpp"
#include "decode/picture_remarks.hpp"
#include "decode/video_stream.hpp"
#include "media/libav.hpp"
#include "scratch_folder.hpp"

namespace {

using namespace rollingdepth;

constexpr std::array kCodecs = {AV_CODEC_ID_H264,       AV_CODEC_ID_HEVC,  AV_CODEC_ID_MPEG4,
                                AV_CODEC_ID_MPEG2VIDEO, AV_CODEC_ID_MJPEG, AV_CODEC_ID_VP8,
                                AV_CODEC_ID_VP9,        AV_CODEC_ID_FFV1};
constexpr std::int64_t kMaxPixels = 1 << 14;

struct Input {
  const std::uint8_t* at;
  std::size_t left;
  std::span<const std::uint8_t> take(std::size_t count) {
    count = std::min(count, left);
    const std::span<const std::uint8_t> taken(at, count);
    at += count;
    left -= count;
    return taken;
  }
  std::size_t number(std::size_t bytes) {
    std::size_t value = 0;
    for (const std::uint8_t byte : take(bytes)) value = value << 8 | byte;
    return value;
  }
};

void show(AVCodecContext& decoder, ColorConverter& converter, PictureRemarks& remarks) {
  const FramePtr picture(av_frame_alloc());
  while (avcodec_receive_frame(&decoder, picture.get()) >= 0) {
    remarks.note(*picture);
    const at::Tensor rgb = converter.to_rgb(*picture);
    const std::int64_t width =
        square_pixel_width(picture->width, rational(picture->sample_aspect_ratio));
    (void)resized(oriented(rgb, {.transpose = true, .flip_horizontal = true}), width,
                  picture->height);
    av_frame_unref(picture.get());
  }
}

void decode(Input input) {
  const InputFormatPtr format(avformat_alloc_context());
  AVStream& stream = *avformat_new_stream(format.get(), nullptr);
  AVCodecParameters& parameters = *stream.codecpar;
  parameters.codec_type = AVMEDIA_TYPE_VIDEO;
  parameters.codec_id = kCodecs[input.number(1) % kCodecs.size()];
  parameters.width = 32;
  parameters.height = 24;
  const auto header = input.take(input.number(1));
  parameters.extradata =
      static_cast<std::uint8_t*>(av_mallocz(header.size() + AV_INPUT_BUFFER_PADDING_SIZE));
  std::memcpy(parameters.extradata, header.data(), header.size());
  parameters.extradata_size = static_cast<int>(header.size());
  stream.time_base = {1, 25};
  const DecoderPtr decoder = open_decoder(stream, "packets", kMaxPixels, DecoderDelay::kLowest, 0);
  ColorConverter converter;
  PictureRemarks remarks;
  const PacketPtr packet(av_packet_alloc());
  while (input.left > 2) {
    const auto content = input.take(input.number(2));
    if (content.empty()) continue;  // libav takes it for the end.
    if (av_new_packet(packet.get(), static_cast<int>(content.size())) < 0) return;
    std::memcpy(packet->data, content.data(), content.size());
    (void)avcodec_send_packet(decoder.get(), packet.get());
    av_packet_unref(packet.get());
    show(*decoder, converter, remarks);
  }
  (void)avcodec_send_packet(decoder.get(), nullptr);
  show(*decoder, converter, remarks);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  av_log_set_level(AV_LOG_QUIET);
  av_cpu_force_count(1);  // Threads that are begun for each input take longer than the input.
  fuzz::reading([&] { decode({bytes, size}); });
  return 0;
}
