#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "rollingdepth/clip.hpp"
#include "sound/clip_sound.hpp"

namespace rollingdepth {

/// Depth as grey video.
enum class DepthVideo {
  kFfv1,  ///< Lossless, 16 bits, FFV1 in Matroska: for tools. Times are whole milliseconds.
  kHevc,  ///< 10 bits, H.265 in MP4: for players and editors.
};
/// A DepthSink that streams `.npy`, float32 [N, H, W] to `file`.
std::unique_ptr<DepthSink> make_npy_sink(const std::filesystem::path& file);

/// A DepthSink for grey video in the range of the clip: 0 is its smallest value, the largest number
/// its largest, and what is not a number 0. Both stand in the file's metadata, `depth_min` and
/// `depth_max`. HEVC pads odd sizes by one pixel, repeating the last column or row.
/// @param sound of the clip, for HEVC; null: none.
std::unique_ptr<DepthSink> make_depth_video_sink(const std::filesystem::path& file,
                                                 DepthVideo video, std::optional<Rational> fps,
                                                 std::shared_ptr<ClipSound> sound = nullptr);
/// Opens what make_depth_video_sink() opens for such a clip, and writes nothing.
/// @throws Error(kOutput) naming `file` where the encoder is missing or does not take the clip.
void check_depth_video(const std::filesystem::path& file, DepthVideo video,
                       const DepthClipInfo& clip, std::optional<Rational> fps);

/// A DepthSink for a folder of grey PNG pictures, `000000.png` and so on, or with the input's
/// numbers, in the range of the clip, and `depth.json` with it: value = min + scale * pixel. What
/// is not a number becomes 0. An older folder is replaced as a whole.
/// @throws Error(kOutput) where the folder holds anything else than an older one of this kind.
std::unique_ptr<DepthSink> make_png8_sink(const std::filesystem::path& folder);
/// The same in 16 bits. @param pixels_per_metre what a metre is, for depth in metres, instead of
/// the range: 1000 of depth cameras; what is too far is clipped, and counted in remarks().
std::unique_ptr<DepthSink> make_png16_sink(const std::filesystem::path& folder,
                                           std::optional<double> pixels_per_metre = std::nullopt);
/// Encodes a picture, and writes nothing.
/// @throws Error(kOutput) where that fails or `folder` must not be replaced.
void check_png(const std::filesystem::path& folder);

/// A DepthSink for a folder of OpenEXR pictures, numbered as the PNG ones: one channel Y, float32,
/// ZIP. Folders as for PNG.
std::unique_ptr<DepthSink> make_exr_sink(const std::filesystem::path& folder);
/// As check_png().
void check_exr(const std::filesystem::path& folder);

/// A DepthSink for a compressed NumPy archive with one array `depth`, float32 [N, H, W].
std::unique_ptr<DepthSink> make_npz_sink(const std::filesystem::path& file);
/// Asks libarchive for what that needs, and writes nothing. @throws Error(kOutput) naming `file`.
void check_npz(const std::filesystem::path& file);

}  // namespace rollingdepth
