#include <c10/util/StringUtil.h>

#include "decode/depth_readers.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {

DepthListing array_listing(const std::string& name, const std::string& label,
                           const NpyHeader& header) {
  const auto fail = [&label](const std::string& why) {
    throw Error(ErrorKind::kInput, "cannot read " + label + ": " + why);
  };
  std::vector<std::int64_t> shape = header.shape;
  if (shape.size() == 2) shape.insert(shape.begin(), 1);
  if (shape.size() == 4 && shape[1] == 1) {
    shape.erase(shape.begin() + 1);
  } else if (shape.size() == 4 && shape[3] == 1) {
    shape.pop_back();
  }
  if (shape.size() != 3) {
    fail("its shape is " + c10::str(c10::IntArrayRef(header.shape)) +
         ", not [N, H, W], [N, 1, H, W], [N, H, W, 1] or [H, W]");
  }
  if (shape[0] < 1) fail("it holds no frames");
  if (shape[1] < 1 || shape[2] < 1) fail("it holds no pixels");
  return {.name = name, .frames = shape[0], .height_px = shape[1], .width_px = shape[2]};
}

}  // namespace rollingdepth
