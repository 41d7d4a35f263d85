#include "app/cut_options.hpp"

namespace rollingdepth {

void add_cut_options(OptionTable& table, CutOptions& options, const std::string& prefix) {
  table.real(prefix + "threshold", options.threshold,
             "How many times as much as around it a picture changes at a cut");
  table.number(prefix + "window", options.window,
               "Frames before and after, each, that count as around it");
  table.real(prefix + "least-content", options.least_content,
             "Change that a cut has at least: of hue, saturation and brightness, 0 to 255");
  table.real(prefix + "least-seconds", options.least_seconds, "Length of a shot at least");
  table.real(prefix + "fade-luma", options.fade_luma,
             "Mean brightness, 0 to 255, below which a frame may be of a fade to black, which is "
             "cut where it is darkest; 0 looks for no fades");
  table.number(prefix + "flash-frames", options.flash_frames,
               "Longest flash that is no cut, up to " + std::to_string(kMaxFlashFrames) +
                   " frames; 0 cuts at flashes");
}

}  // namespace rollingdepth
