#pragma once

#include <cstdint>
#include <filesystem>

#include "media/libav.hpp"

namespace rollingdepth {

/// Opens a file, and nothing else whatever it names, and looks at its streams.
/// @param max_pixels of a frame, before memory is taken for it.
/// @throws Error(kInput, "cannot open video FILE: why").
InputFormatPtr open_container(const std::filesystem::path& file, std::int64_t max_pixels);

/// Whether a packet is one that needs a key. libav decrypts none unless it is told one, and hands
/// decoders what is there.
bool is_encrypted(const AVPacket& packet, const AVStream& stream);

}  // namespace rollingdepth
