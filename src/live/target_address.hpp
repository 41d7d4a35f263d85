#pragma once

#include <map>
#include <string>

namespace rollingdepth::live {

enum class TargetKind {
  kPipe,       ///< `-`, standard output.
  kPixelFile,  ///< .y4m
  kVideoFile,  ///< .mp4 .mkv .mov .ts
  kStream,     ///< srt, udp, tcp, rtsp, rtmp.
  kMjpeg,      ///< http://HOST:PORT/PATH
  kCamera,     ///< v4l2:/dev/videoN
};

/// What the name of a target says.
struct TargetAddress {
  TargetKind kind = TargetKind::kPipe;
  std::string asked;  ///< As it was given.
  /// For messages: of a URL without user, password and query, whose values may be secret, and of
  /// rtmp without the stream key.
  std::string shown;
  std::string scheme;  ///< Of URLs, lower case.
  std::string host;    ///< May be empty where it listens: all of the machine's addresses.
  int port = -1;       ///< -1: not given, and the scheme has one of its own.
  std::string path;    ///< Of URLs from the first `/` on; of v4l2 and files the file.
  std::map<std::string, std::string> query;
  /// It waits for receivers at its port; else it calls one.
  bool listens = false;
};

/// @throws Error(kUsage) for a scheme or ending that there is not, a URL without host or port, a
///         listener of a scheme that cannot listen.
TargetAddress parse_target(const std::string& target);

}  // namespace rollingdepth::live
