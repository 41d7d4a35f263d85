#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

#include "decode/picture_format.hpp"
#include "media/libav.hpp"

namespace rollingdepth {

/// The bytes of a whole file, with zeros behind them into which libav's decoders may read.
class PictureBytes {
 public:
  /// @throws std::system_error where the file cannot be read.
  explicit PictureBytes(const std::filesystem::path& file);

  [[nodiscard]] std::span<const std::uint8_t> content() const { return {bytes_.data(), size_}; }
  [[nodiscard]] std::span<std::uint8_t> content() { return {bytes_.data(), size_}; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t size_ = 0;
};

struct DecodedStill {
  FramePtr frame;        ///< Null where nothing can be decoded.
  bool damaged = false;  ///< The decoder found faults and went on.
  bool ycck = false;     ///< See take_ycck().
};

/// Decodes one picture with libav, quietly and on the calling thread.
/// REQUIRES: a format other than TIFF, OpenEXR and PFM, and a size that was looked at: libav takes
/// what memory the header asks for.
/// @param bytes changed where libav is to take them otherwise than it would.
DecodedStill decode_still(PictureFormat format, PictureBytes& bytes);

}  // namespace rollingdepth
