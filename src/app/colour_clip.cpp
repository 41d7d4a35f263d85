#include "app/colour_clip.hpp"

#include <string>

#include "app/run/inputs.hpp"
#include "rollingdepth/error.hpp"

namespace rollingdepth {

std::unique_ptr<FrameSource> open_colour_clip(const std::filesystem::path& video, std::int64_t from,
                                              std::int64_t max_pixels) {
  const InputPlan plan =
      plan_inputs({video.string()}, false, kDefaultImageRate, {.max_pixels = max_pixels});
  if (!plan.problems.empty()) throw Error(ErrorKind::kInput, plan.problems.front());
  if (plan.inputs.size() != 1) {
    throw Error(ErrorKind::kInput, "--video: " + video.string() + " is not one clip");
  }
  std::unique_ptr<FrameSource> source = plan.inputs.front().open();
  for (std::int64_t frame = 0; frame < from; ++frame) {
    if (!source->next()) {
      throw Error(ErrorKind::kInput, video.string() + " has no frame " + std::to_string(from));
    }
  }
  return source;
}

}  // namespace rollingdepth
