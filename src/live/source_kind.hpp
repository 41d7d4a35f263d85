#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rollingdepth::live {

enum class SourceKind {
  kFile,
  kPipe,    ///< Standard input, a named pipe or another device that is read front to back.
  kCamera,  ///< A device of Video4Linux.
  kStream,  ///< A URL of libav.
};

/// What a source is by its name, and, of a path, by what is there.
/// @throws Error(kUsage) for a URL of a kind that there is not.
SourceKind source_kind(const std::string& source);

/// The device of a camera: "/dev/video0" of "v4l2:/dev/video0".
std::string camera_device(const std::string& source);

/// What a URL begins with, in lower case: "rtsp" of "RTSP://camera/"; empty where it is none.
std::string url_scheme(const std::string& source);

/// The value of an option of a URL: "20000" of latency in
/// "srt://:9000?mode=listener&latency=20000", empty where it is only named; nothing where it is
/// not.
std::optional<std::string> url_option(const std::string& url, std::string_view name);

/// Whether a stream is one that others send to this machine, at any time.
bool waits_for_sender(const std::string& source);

/// A source in messages: URLs without user, password and options, since these hold secrets.
std::string public_name(const std::string& source);

}  // namespace rollingdepth::live
