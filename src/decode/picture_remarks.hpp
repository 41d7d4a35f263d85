#pragma once

#include <string>
#include <vector>

#include "media/libav.hpp"

namespace rollingdepth {

/// What a user should know of a clip's pictures, each thing once per clip: size or pixel aspect
/// that changes, HDR, an unknown colour matrix, interlaced pictures, transparent pixels. Not
/// thread-safe.
class PictureRemarks {
 public:
  /// @param deinterlaces whether interlaced pictures are deinterlaced.
  explicit PictureRemarks(bool deinterlaces = false) : deinterlaces_(deinterlaces) {}

  /// @param picture as it was decoded.
  void note(const AVFrame& picture);
  /// The container says that pixels are transparent, where the decoder may not hand them out.
  void note_transparency();
  /// A remark that is not on one picture.
  void add(const std::string& remark) { lines_.push_back(remark); }

  /// @param all_noted whether every picture of the clip was.
  [[nodiscard]] std::vector<std::string> lines(bool all_noted) const;

 private:
  void note_shape(const AVFrame& picture);
  void note_colours(const AVFrame& picture);
  void once(bool& noted, const std::string& remark);

  bool deinterlaces_;
  std::vector<std::string> lines_;
  int width_px_ = 0;  ///< Of the first picture; 0 before it.
  int height_px_ = 0;
  AVRational aspect_{0, 1};  ///< The first one known; 0/1 before it.
  bool any_interlaced_ = false;
  bool noted_size_ = false;
  bool noted_aspect_ = false;
  bool noted_hdr_ = false;
  bool noted_matrix_ = false;
  bool noted_interlaced_ = false;
  bool noted_alpha_ = false;
};

/// Whether a picture has pixels that are not opaque.
bool has_transparent_pixels(const AVFrame& picture);

}  // namespace rollingdepth
