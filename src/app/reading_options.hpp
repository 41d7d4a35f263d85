#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "app/option_table.hpp"
#include "rollingdepth/clip.hpp"

namespace rollingdepth {

/// Declares --max-pixels of a picture or frame that is read, at least 1.
void add_max_pixels(OptionTable& table, std::int64_t& pixels);

/// Declares --video-from, the frame of --video that belongs to the first depth map.
/// @param shown_default what stands where it is not given.
void add_video_from(OptionTable& table, std::optional<std::int64_t>& frame,
                    const std::string& shown_default);

/// Declares --values of DEPTH, where inverse is of any kind.
void add_depth_values(OptionTable& table, std::optional<DepthValues>& values);

/// Declares --png-scale of .png pictures that are read, above 0.
void add_png_scale(OptionTable& table, double& levels_per_unit);

}  // namespace rollingdepth
