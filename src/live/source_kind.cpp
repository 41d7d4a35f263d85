#include "live/source_kind.hpp"

extern "C" {
#include <libavutil/pixdesc.h>
}

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>

#include "live/live_source.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth::live {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kCameraPrefix = "v4l2:";
constexpr std::array<std::string_view, 10> kSchemes = {"rtsp", "rtsps", "srt",   "udp",  "tcp",
                                                       "rtp",  "rtmp",  "rtmps", "http", "https"};

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorKind::kUsage, why); }

bool is_camera(const std::string& source) {
  constexpr std::string_view kDevice = "/dev/video";
  if (source.starts_with(kCameraPrefix)) return true;
  return source.starts_with(kDevice) && source.size() > kDevice.size() &&
         std::all_of(source.begin() + kDevice.size(), source.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

bool is_pipe(const std::string& source) {
  std::error_code ignored;
  const fs::file_status status = fs::status(source, ignored);
  return fs::is_fifo(status) || fs::is_character_file(status) || fs::is_socket(status);
}

std::string with_article(SourceKind kind) {
  switch (kind) {
    case SourceKind::kFile:
      return "a file";
    case SourceKind::kPipe:
      return "a pipe";
    case SourceKind::kCamera:
      return "a camera";
    case SourceKind::kStream:
      return "a stream";
  }
  return "";
}

void check_raw(const RawInput& raw) {
  if (raw.size.width_px < 1 || raw.size.height_px < 1) {
    refuse("--input-size must be above 0: " + std::to_string(raw.size.width_px) + "x" +
           std::to_string(raw.size.height_px));
  }
  if (!raw.frame_rate.positive()) refuse("--input-rate must be above 0");
  const AVPixelFormat format = av_get_pix_fmt(raw.pixel_format.c_str());
  const AVPixFmtDescriptor* known = av_pix_fmt_desc_get(format);
  if (known == nullptr || (known->flags & AV_PIX_FMT_FLAG_HWACCEL) != 0) {
    refuse("--pix-fmt: FFmpeg knows no pixels called '" + raw.pixel_format + "' in memory");
  }
}

}  // namespace

std::string url_scheme(const std::string& source) {
  const std::size_t end = source.find("://");
  if (end == std::string::npos) return "";
  std::string scheme = source.substr(0, end);
  for (char& c : scheme) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return scheme;
}

std::optional<std::string> url_option(const std::string& url, std::string_view name) {
  const std::size_t mark = url.find('?');
  for (std::size_t at = mark; at < url.size();) {
    const std::size_t begin = at + 1;
    at = std::min(url.find('&', begin), url.size());
    const std::string option = url.substr(begin, at - begin);
    const std::size_t equals = std::min(option.find('='), option.size());
    if (std::string_view(option).substr(0, equals) != name) continue;
    return equals < option.size() ? option.substr(equals + 1) : "";
  }
  return std::nullopt;
}

bool waits_for_sender(const std::string& source) {
  const std::string scheme = url_scheme(source);
  if (scheme == "udp" || scheme == "rtp") return true;
  if (scheme == "srt") return url_option(source, "mode") == "listener";
  return (scheme == "tcp" || scheme == "rtsp" || scheme == "rtmp") &&
         url_option(source, "listen").has_value();
}

SourceKind source_kind(const std::string& source) {
  if (source == "-") return SourceKind::kPipe;
  if (is_camera(source)) return SourceKind::kCamera;
  const std::string scheme = url_scheme(source);
  if (std::find(kSchemes.begin(), kSchemes.end(), scheme) != kSchemes.end()) {
    return SourceKind::kStream;
  }
  std::error_code ignored;
  if (!scheme.empty() && !fs::exists(source, ignored)) {
    std::string known;
    for (const std::string_view name : kSchemes) known.append(" ").append(name).append("://");
    refuse("no source begins with " + scheme + "://; those that do:" + known);
  }
  return is_pipe(source) ? SourceKind::kPipe : SourceKind::kFile;
}

std::string camera_device(const std::string& source) {
  return source.starts_with(kCameraPrefix) ? source.substr(kCameraPrefix.size()) : source;
}

std::string public_name(const std::string& source) {
  if (source == "-") return "standard input";
  if (is_camera(source)) return camera_device(source);
  const std::string scheme = url_scheme(source);
  if (scheme.empty()) return source;
  const std::string rest = source.substr(scheme.size() + 3, source.find('?') - scheme.size() - 3);
  // A password may hold an @ that nobody has escaped.
  const std::size_t host = rest.substr(0, rest.find('/')).rfind('@');
  std::string name = scheme;
  return name.append("://").append(host == std::string::npos ? rest : rest.substr(host + 1));
}

bool SourceOptions::is_live() const {
  const SourceKind kind = source_kind(source);
  return kind == SourceKind::kCamera || kind == SourceKind::kStream;
}

void SourceOptions::validate() const {
  if (source.empty()) refuse("no source is named");
  const SourceKind kind = source_kind(source);
  const std::string it = public_name(source) + " is " + with_article(kind);
  if (kind == SourceKind::kCamera && camera_device(source).empty()) {
    refuse("v4l2: needs the name of a device, such as v4l2:/dev/video0");
  }
  if (loop && kind != SourceKind::kFile) refuse("--loop is for files; " + it);
  if (realtime && is_live()) {
    refuse("--realtime is for files and pipes; " + it + ", which has a pace of its own");
  }
  if (reconnect && !is_live()) refuse("--reconnect is for streams and cameras; " + it);
  if (raw && is_live()) refuse("--input-format rawvideo is for files and pipes; " + it);
  if (raw) check_raw(*raw);
  if (max_pixels < 1) refuse("--max-pixels must be above 0");
}

}  // namespace rollingdepth::live
