#include "rollingdepth/clip.hpp"

namespace rollingdepth {

std::string to_string(DepthValues values) {
  switch (values) {
    case DepthValues::kAffineInverse:
      return "affine-invariant inverse depth, -1 to 1";
    case DepthValues::kRelativeInverse:
      return "relative inverse depth";
    case DepthValues::kMetres:
      return "metres";
  }
  return "unknown";
}

}  // namespace rollingdepth
