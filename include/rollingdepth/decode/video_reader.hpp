#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rollingdepth/base/clip.hpp"

namespace rollingdepth {

/// Opens the first real video stream of a file (cover art does not count) with libav.
/// Multi-threaded, drained to the last frame. Rotation metadata, sample aspect ratio, colour matrix
/// and range are honoured; untagged colours are read as BT.709 from HD size on, as BT.601 below.
/// Damaged packets are skipped and counted in warnings(). Turns off libav's own logging for the
/// whole process.
/// @param deinterlaces makes whole pictures of those that are marked as interlaced, one of each;
///                     else they come as stored, both fields in one.
/// @throws Error(kInput) naming the file: unreadable, not a video, encrypted, no video stream, no
///         frame that can be decoded.
std::unique_ptr<FrameSource> open_video(const std::filesystem::path& file,
                                        bool deinterlaces = false);

/// Opens pictures as a clip, in the order given; all must have the first one's size. EXIF
/// orientation is honoured, alpha dropped, 16 bits are scaled to 8. Frame::pts counts frames.
/// @param frame_rate of the clip, e.g. 25/1.
/// @throws Error(kInput) naming the first file that cannot be read or has another size.
std::unique_ptr<FrameSource> open_image_sequence(std::vector<std::filesystem::path> files,
                                                 std::string name, Rational frame_rate);

/// What `open_video` reads, by extension in any case; animated GIF is one of them.
bool has_video_extension(const std::filesystem::path& file);
/// PNG, JPEG, TIFF, BMP, WebP.
bool has_image_extension(const std::filesystem::path& file);

/// The files that a printf pattern with one %d or %0Nd matches, in the order of their numbers.
/// @throws Error(kInput) where nothing matches, Error(kUsage) for a pattern without one %d.
std::vector<std::filesystem::path> expand_image_pattern(const std::string& pattern);

/// Versions of the linked libav libraries, e.g. "libavcodec 59.37.100".
std::string libav_version();
std::string opencv_version();

}  // namespace rollingdepth
