#include "decode/still_decoder.hpp"

#include <cerrno>
#include <fstream>
#include <limits>
#include <new>
#include <string>
#include <system_error>
#include <utility>

#include "decode/ycck_jpeg.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

AVCodecID codec_of(PictureFormat format, std::span<const std::uint8_t> bytes) {
  switch (format) {
    case PictureFormat::kPng:
      return AV_CODEC_ID_PNG;
    case PictureFormat::kJpeg:
      return AV_CODEC_ID_MJPEG;
    case PictureFormat::kBmp:
      return AV_CODEC_ID_BMP;
    case PictureFormat::kWebp:
      return AV_CODEC_ID_WEBP;
    case PictureFormat::kPnm:
      // One decoder for all four; any of their names reaches it but PAM's own.
      return bytes[1] == '7' ? AV_CODEC_ID_PAM : AV_CODEC_ID_PPM;
    case PictureFormat::kDpx:
      return AV_CODEC_ID_DPX;
    case PictureFormat::kTga:
      return AV_CODEC_ID_TARGA;
    case PictureFormat::kJpeg2000:
      return AV_CODEC_ID_JPEG2000;
    case PictureFormat::kTiff:
    case PictureFormat::kExr:
    case PictureFormat::kPfm:
    case PictureFormat::kRadiance:
      break;
  }
  return AV_CODEC_ID_NONE;
}

// Null where it fails. A strict decoder fails at the first fault, another conceals what it can.
FramePtr attempt(const AVCodec& codec, const PictureBytes& bytes, bool strict) {
  const DecoderPtr decoder(avcodec_alloc_context3(&codec));
  const PacketPtr packet(av_packet_alloc());
  FramePtr frame(av_frame_alloc());
  if (!decoder || !packet || !frame) throw std::bad_alloc();
  decoder->thread_count = 1;
  decoder->idct_algo = FF_IDCT_FAAN;  // Exact, and so nearest to the JPEG library's.
  decoder->err_recognition = strict ? AV_EF_EXPLODE : 0;
  if (avcodec_open2(decoder.get(), &codec, nullptr) < 0) return nullptr;
  // Not counted by reference: the decoder copies what it keeps beyond this call.
  packet->data = const_cast<std::uint8_t*>(bytes.content().data());
  packet->size = static_cast<int>(bytes.content().size());
  packet->flags = AV_PKT_FLAG_KEY;
  int code = avcodec_send_packet(decoder.get(), packet.get());
  if (code >= 0) {
    code = avcodec_receive_frame(decoder.get(), frame.get());
    if (code == AVERROR(EAGAIN) && avcodec_send_packet(decoder.get(), nullptr) >= 0) {
      code = avcodec_receive_frame(decoder.get(), frame.get());
    }
  }
  if (code == AVERROR(ENOMEM)) throw std::bad_alloc();
  return code >= 0 ? std::move(frame) : nullptr;
}

}  // namespace

PictureBytes::PictureBytes(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary | std::ios::ate);
  const auto fail = [] { throw std::system_error(errno, std::generic_category()); };
  if (!in) fail();
  const std::streamoff size = in.tellg();
  if (size > std::numeric_limits<int>::max() - AV_INPUT_BUFFER_PADDING_SIZE) {
    throw std::system_error(EFBIG, std::generic_category());
  }
  size_ = static_cast<std::size_t>(size);
  bytes_.resize(size_ + AV_INPUT_BUFFER_PADDING_SIZE);
  in.seekg(0);
  if (!in.read(reinterpret_cast<char*>(bytes_.data()), size)) fail();
}

DecodedStill decode_still(PictureFormat format, PictureBytes& bytes) {
  av_log_set_level(AV_LOG_QUIET);
  const bool ycck = format == PictureFormat::kJpeg && take_ycck(bytes.content());
  const AVCodecID id = codec_of(format, bytes.content());
  const AVCodec* codec = avcodec_find_decoder(id);
  if (codec == nullptr) {
    throw Error(ErrorKind::kInput,
                "this FFmpeg has no decoder for " + std::string(avcodec_get_name(id)));
  }
  if (FramePtr frame = attempt(*codec, bytes, /*strict=*/true)) {
    return {.frame = std::move(frame), .damaged = false, .ycck = ycck};
  }
  return {.frame = attempt(*codec, bytes, /*strict=*/false), .damaged = true, .ycck = ycck};
}

}  // namespace rollingdepth
