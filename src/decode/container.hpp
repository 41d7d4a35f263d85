#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "media/libav.hpp"

namespace rollingdepth {

/// How libav opens a container, beside what its content tells.
struct ContainerOpening {
  const AVInputFormat* format = nullptr;            ///< Null: the content tells.
  std::map<std::string, std::string> options = {};  ///< libav's.
  int flags = 0;                                    ///< AVFMT_FLAG_*.
  AVIOInterruptCB interrupt = {nullptr, nullptr};   ///< Asked before every read.
};

/// Opens a file, and nothing else whatever it names, and looks at its streams.
/// @param max_pixels of a frame, before memory is taken for it.
/// @throws Error(kInput, "cannot open video FILE: why").
InputFormatPtr open_container(const std::filesystem::path& file, std::int64_t max_pixels,
                              const ContainerOpening& opening = {});

/// Opens what is no file, and does not look at its streams.
/// @param bytes borrowed, where they come from; null: from where `url` says.
/// @param code set to libav's where it fails. @return null then.
InputFormatPtr open_url(const std::string& url, AVIOContext* bytes, const ContainerOpening& opening,
                        int& code);

/// Reads as much as is needed to know of all streams what they are. @return libav's code.
/// @throws Error(kInput) for pictures of more than `max_pixels`.
int find_streams(AVFormatContext& format, std::int64_t max_pixels);

/// Whether a packet is one that needs a key. libav decrypts none unless it is told one, and hands
/// decoders what is there.
bool is_encrypted(const AVPacket& packet, const AVStream& stream);

}  // namespace rollingdepth
