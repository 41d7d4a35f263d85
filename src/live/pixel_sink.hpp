#pragma once

#include <filesystem>
#include <memory>

#include "live/live_target.hpp"
#include "live/picture_sink.hpp"
#include "live/pixel_pictures.hpp"
#include "live/target_ledger.hpp"

namespace rollingdepth::live {

/// Writes plain pixels to a pipe, and nothing else.
/// @param pipe open to write; stays open. @param stop borrowed: a full pipe is given up half a
///        second after it is raised.
std::unique_ptr<PictureSink> make_pipe_sink(int pipe, const PixelLayout& layout,
                                            const PictureShape& shape, const StopFlag& stop,
                                            std::shared_ptr<TargetLedger> ledger);

/// The same to a file, whole at finish(); without pictures there is none. An older one is replaced.
/// @throws Error(kOutput) where it cannot be made.
std::unique_ptr<PictureSink> make_pixel_file_sink(const std::filesystem::path& file,
                                                  const PixelLayout& layout,
                                                  const PictureShape& shape,
                                                  std::shared_ptr<TargetLedger> ledger);

}  // namespace rollingdepth::live
