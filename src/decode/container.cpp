#include "decode/container.hpp"

#include <string>
#include <vector>

#include "decode/pixel_limit.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const fs::path& file, const std::string& why) {
  throw Error(ErrorKind::kInput, "cannot open video " + file.string() + ": " + why);
}

// The plain cases get plainer words than libav has for them.
void check_is_readable_file(const fs::path& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  if (status.type() == fs::file_type::not_found) fail(file, "no such file");
  if (error) fail(file, error.message());
  if (fs::is_directory(status)) fail(file, "it is a folder");
  if (fs::is_regular_file(status) && fs::file_size(file, error) == 0 && !error) {
    fail(file, "the file is empty");
  }
}

}  // namespace

InputFormatPtr open_url(const std::string& url, AVIOContext* bytes, const ContainerOpening& opening,
                        int& code) {
  AVFormatContext* raw = avformat_alloc_context();
  if (raw == nullptr) throw std::bad_alloc();
  raw->flags |= opening.flags;
  raw->interrupt_callback = opening.interrupt;
  raw->pb = bytes;
  AVDictionary* options = nullptr;
  for (const auto& [key, value] : opening.options) {
    av_dict_set(&options, key.c_str(), value.c_str(), 0);
  }
  code = avformat_open_input(&raw, url.c_str(), opening.format, &options);
  av_dict_free(&options);
  return InputFormatPtr(raw);  // Null where it failed.
}

// libav decodes pictures itself where a header leaves something open.
int find_streams(AVFormatContext& format, std::int64_t max_pixels) {
  for (unsigned i = 0; i < format.nb_streams; ++i) {
    const AVCodecParameters& parameters = *format.streams[i]->codecpar;
    if (parameters.codec_type != AVMEDIA_TYPE_VIDEO || parameters.width == 0) continue;
    require_pixels_for_libav(parameters.width, parameters.height, max_pixels);
  }
  std::vector<AVDictionary*> options(format.nb_streams);
  for (AVDictionary*& option : options) {
    av_dict_set_int(&option, "max_pixels", padded_pixels(max_pixels), 0);
  }
  const int found = avformat_find_stream_info(&format, options.data());
  for (AVDictionary*& option : options) av_dict_free(&option);
  return found;
}

InputFormatPtr open_container(const fs::path& file, std::int64_t max_pixels,
                              const ContainerOpening& opening) {
  check_is_readable_file(file);
  ContainerOpening local = opening;
  // A playlist disguised as a video must not reach out to the network.
  local.options["protocol_whitelist"] = "file";
  int opened = 0;
  // With the prefix, a name like "a:b.mp4" is not taken for a protocol.
  InputFormatPtr format = open_url("file:" + file.string(), nullptr, local, opened);
  if (opened == AVERROR_INVALIDDATA) fail(file, "not a video, or damaged beyond reading");
  if (opened < 0) fail(file, libav_error_text(opened));
  const int found = with_context(ErrorKind::kInput, "cannot open video " + file.string(),
                                 [&] { return find_streams(*format, max_pixels); });
  if (found < 0) fail(file, "no stream can be read: " + libav_error_text(found));
  return format;
}

bool is_encrypted(const AVPacket& packet, const AVStream& stream) {
  if (stream.codecpar->codec_tag == MKTAG('d', 'r', 'm', 'i')) return true;
  return av_packet_get_side_data(&packet, AV_PKT_DATA_ENCRYPTION_INFO, nullptr) != nullptr;
}

}  // namespace rollingdepth
