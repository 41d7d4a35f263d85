#include "app/reading_options.hpp"

#include "app/depth_origin.hpp"
#include "app/option_values.hpp"
#include "base/value_checks.hpp"

namespace rollingdepth {

void add_max_pixels(OptionTable& table, std::int64_t& pixels) {
  table.one("--max-pixels", "N",
            "Refuse pictures and videos that say they have more pixels than this in a frame",
            std::to_string(pixels), [&pixels](const std::string& word) {
              pixels = parse_whole_number("--max-pixels", word);
              require_at_least("--max-pixels", pixels, 1);
            });
}

void add_video_from(OptionTable& table, std::optional<std::int64_t>& frame,
                    const std::string& shown_default) {
  table.one("--video-from", "N", "The frame of the video that belongs to the first depth map",
            shown_default, [&frame](const std::string& word) {
              frame = parse_whole_number("--video-from", word);
              require_within("--video-from", *frame, 0, kMaxFrames);
            });
}

void add_depth_values(OptionTable& table, std::optional<DepthValues>& values) {
  table.one("--values", "NAME",
            "What DEPTH holds: inverse (larger is nearer) or metres (larger is farther)",
            "the report's, else inverse",
            [&values](const std::string& word) { values = parse_depth_values(word); });
}

void add_png_scale(OptionTable& table, double& levels_per_unit) {
  table.real("--png-scale",
             "Levels per unit of .png pictures without depth.json; KITTI has 256, depth cameras "
             "mostly 1000",
             "1", [&levels_per_unit](double levels) {
               require_png_scale(levels);
               levels_per_unit = levels;
             });
}

}  // namespace rollingdepth
