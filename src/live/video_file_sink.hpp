#pragma once

#include <filesystem>
#include <memory>

#include "live/live_target.hpp"
#include "live/picture_sink.hpp"
#include "live/target_ledger.hpp"

namespace rollingdepth::live {

/// A video file, whole at finish(), whatever has ended the run; without pictures there is none.
/// Where its disk gets full, write() finishes it and throws.
/// @param file its ending tells the container: .mp4, .mkv, .mov, .ts. An older one is replaced.
/// @param bits 8 or 10.
/// @throws Error(kOutput) where it cannot be made.
std::unique_ptr<PictureSink> make_video_file_sink(const std::filesystem::path& file, int bits,
                                                  const PictureShape& shape,
                                                  std::shared_ptr<TargetLedger> ledger);

}  // namespace rollingdepth::live
