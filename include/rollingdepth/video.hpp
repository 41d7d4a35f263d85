#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// How videos are read.
struct VideoReading {
  std::int64_t max_pixels = kDefaultMaxPixels;  ///< Of a picture, before memory is taken for it.
  /// Makes whole pictures of those that are marked as interlaced, one of each; else they come as
  /// stored, both fields in one.
  bool deinterlaces = false;
  /// Of the decoder; 0: as many as there are processors. What is made of damaged pictures depends
  /// on their number and on which is done first: one alone gives the same each time.
  int threads = 0;
};

/// Opens the first real video stream of a file (cover art does not count) with libav.
/// Drained to the last frame. Rotation metadata, sample aspect ratio, colour matrix
/// and range are honoured; untagged colours are read as BT.709 from HD size on, as BT.601 below.
/// Damaged packets are skipped and counted in warnings(). Turns off libav's own logging for the
/// whole process.
/// @throws Error(kInput) naming the file: unreadable, not a video, encrypted, no video stream, no
///         frame that can be decoded, larger than `reading.max_pixels`.
std::unique_ptr<FrameSource> open_video(const std::filesystem::path& file,
                                        const VideoReading& reading = {});

/// Opens pictures as a clip, in the order given; all must have the first one's size. EXIF
/// orientation is honoured, alpha dropped, 16 bits are cut to 8; floats are read as linear light,
/// which becomes sRGB. Frame::pts counts frames. One TIFF file with pages of one size, or one
/// animated PNG, is a clip of its pictures. survey() tells of gaps, and refuses pictures of another
/// size; warnings() tells what was damaged, clipped or left out.
/// @param frame_rate of the clip, e.g. 25/1.
/// @param max_pixels of a picture, before memory is taken for it.
/// @throws Error(kInput) naming the first file that cannot be read or has another size.
std::unique_ptr<FrameSource> open_image_sequence(std::vector<std::filesystem::path> files,
                                                 std::string name, Rational frame_rate,
                                                 std::int64_t max_pixels = kDefaultMaxPixels);

}  // namespace rollingdepth
