#include "live/view_painter.hpp"

#include "base/resample.hpp"
#include "write/colormap.hpp"
#include "write/side_by_side.hpp"

namespace rollingdepth::live {

ViewPainter::ViewPainter(View view, const std::string& colormap)
    : view_(view), table_(colormap_table(colormap)) {}

FrameSize ViewPainter::size(FrameSize depth) const {
  return view_ == View::kSideBySide ? side_by_side_size(depth) : depth;
}

at::Tensor ViewPainter::paint(const at::Tensor& rgb, const at::Tensor& shown) const {
  const FrameSize size{shown.size(1), shown.size(0)};
  switch (view_) {
    case View::kDepth:
      return colorize(shown, 0, 1, table_);
    case View::kSideBySide:
      return side_by_side(rgb, colorize(shown, 0, 1, table_));
    case View::kColor:
      break;
  }
  return resample_picture(rgb, size).permute({1, 2, 0}).contiguous();
}

}  // namespace rollingdepth::live
