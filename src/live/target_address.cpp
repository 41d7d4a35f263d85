#include "live/target_address.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/printable.hpp"
#include "decode/file_extension.hpp"
#include "media/libav.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth::live {
namespace {

constexpr const char* kCameraPrefix = "v4l2:";

[[noreturn]] void refuse(const std::string& shown, const std::string& why) {
  throw Error(ErrorKind::kUsage, "there is no target " + printable(shown) + ": " + why);
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

// "a=1&b" without what comes first: {"a": "1", "b": ""}.
std::map<std::string, std::string> parse_query(const std::string& text) {
  std::map<std::string, std::string> query;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('&', begin), text.size());
    const std::string pair = text.substr(begin, end - begin);
    const std::size_t equals = std::min(pair.find('='), pair.size());
    query[pair.substr(0, equals)] = equals < pair.size() ? pair.substr(equals + 1) : "";
    begin = end + 1;
  }
  return query;
}

bool asks_to_listen(const TargetAddress& address) {
  const auto value = [&](const char* name) {
    const auto found = address.query.find(name);
    return found == address.query.end() ? std::string("0") : found->second;
  };
  if (address.scheme == "srt") return value("mode") == "listener" || value("mode") == "1";
  return value("listen") != "0";
}

// The stream key comes after the application, and is what lets its holder send.
std::string without_key(const std::string& path) {
  const std::size_t key = path.find('/', 1);
  return key == std::string::npos || key + 1 == path.size() ? path
                                                            : path.substr(0, key + 1) + "...";
}

std::string shown_url(const TargetAddress& address) {
  const bool is_ipv6 = address.host.find(':') != std::string::npos;
  std::string shown = address.scheme + "://";
  if (is_ipv6) shown += '[';
  shown += address.host;
  if (is_ipv6) shown += ']';
  if (address.port >= 0) shown.append(":").append(std::to_string(address.port));
  return printable(shown + (address.scheme == "rtmp" ? without_key(address.path) : address.path));
}

void split_url(const std::string& url, TargetAddress& address) {
  constexpr std::size_t kLongest = 4096;
  if (url.size() >= kLongest) {
    refuse(address.scheme + "://...", "it is longer than 4096 characters");
  }
  std::array<char, kLongest> host{}, path{};
  av_url_split(nullptr, 0, nullptr, 0, host.data(), kLongest, &address.port, path.data(), kLongest,
               url.c_str());
  address.host = host.data();
  address.path = path.data();
  const std::size_t question = address.path.find('?');
  if (question != std::string::npos) {
    address.query = parse_query(address.path.substr(question + 1));
    address.path.resize(question);
  }
  address.shown = shown_url(address);
}

void check_url(const TargetAddress& address) {
  const bool has_own_port = address.scheme == "rtsp" || address.scheme == "rtmp";
  if (address.listens && address.scheme != "srt" && address.scheme != "tcp" &&
      address.scheme != "rtmp" && address.kind != TargetKind::kMjpeg) {
    refuse(address.shown, address.scheme + " targets cannot listen, only call a receiver");
  }
  if (address.host.empty() && !address.listens) {
    refuse(address.shown,
           "it names no host" + std::string(address.scheme == "srt"   ? ", and is no mode=listener"
                                            : address.scheme == "tcp" ? ", and has no listen=1"
                                                                      : ""));
  }
  constexpr int kLargestPort = 65535;
  if ((address.port < 0 && !has_own_port) || address.port == 0 || address.port > kLargestPort) {
    refuse(address.shown, "it needs a port from 1 to 65535 after the host, as in " +
                              address.scheme + "://HOST:9000");
  }
  const auto mode = address.query.find("mode");
  static const std::set<std::string> kModes = {"caller", "listener", "0", "1"};
  if (address.scheme == "srt" && mode != address.query.end() && !kModes.contains(mode->second)) {
    refuse(address.shown, "its mode is caller or listener");
  }
  const auto passphrase = address.query.find("passphrase");
  if (address.scheme == "srt" && passphrase != address.query.end() &&
      (passphrase->second.size() < 10 || passphrase->second.size() > 64)) {
    refuse(address.shown, "an SRT passphrase has 10 to 64 characters");
  }
}

TargetAddress parse_url(const std::string& target, std::size_t scheme_length) {
  TargetAddress address;
  address.asked = target;
  address.scheme = lower(target.substr(0, scheme_length));
  static const std::set<std::string> kStreams = {"srt", "udp", "tcp", "rtsp", "rtmp"};
  address.kind = address.scheme == "http" ? TargetKind::kMjpeg : TargetKind::kStream;
  if (address.kind != TargetKind::kMjpeg && !kStreams.contains(address.scheme)) {
    refuse(address.scheme + "://...", "URLs begin with srt, udp, tcp, rtsp, rtmp or http");
  }
  split_url(target, address);
  address.listens = address.kind == TargetKind::kMjpeg || asks_to_listen(address);
  check_url(address);
  return address;
}

TargetAddress parse_file(const std::string& target) {
  TargetAddress address;
  address.asked = address.shown = address.path = target;
  const std::string ending = lower_extension(target);
  static const std::set<std::string> kVideos = {".mp4", ".mkv", ".mov", ".ts"};
  address.kind = ending == ".y4m" ? TargetKind::kPixelFile : TargetKind::kVideoFile;
  if (ending != ".y4m" && !kVideos.contains(ending)) {
    refuse(target, target.starts_with("/dev/video")
                       ? "a loopback device is written v4l2:" + target
                       : "files end in .mp4, .mkv, .mov, .ts or .y4m; else it is -, v4l2:DEVICE, "
                         "or a URL of srt, udp, tcp, rtsp, rtmp or http");
  }
  return address;
}

}  // namespace

TargetAddress parse_target(const std::string& target) {
  if (target.empty()) throw Error(ErrorKind::kUsage, "a target has no name");
  if (target == "-") {
    TargetAddress address;
    address.asked = target;
    address.shown = "standard output";
    return address;
  }
  if (target.starts_with(kCameraPrefix)) {
    TargetAddress address;
    address.kind = TargetKind::kCamera;
    address.asked = address.shown = target;
    address.path = target.substr(std::string(kCameraPrefix).size());
    if (address.path.empty()) refuse(target, "it names no device, as in v4l2:/dev/video9");
    return address;
  }
  const std::size_t scheme = target.find("://");
  return scheme != std::string::npos ? parse_url(target, scheme) : parse_file(target);
}

}  // namespace rollingdepth::live
