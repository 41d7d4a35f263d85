#include "app/colour_clip.hpp"

#include <string>
#include <utility>

#include "rollingdepth/error.hpp"

namespace rollingdepth {

PlannedInput planned_colour_clip(const std::filesystem::path& video, const FramesTaken& taken,
                                 VideoReading reading) {
  reading.deinterlaces = taken.deinterlaces;
  InputPlan plan = plan_inputs({video.string()}, false, kDefaultImageRate, reading,
                               {.target_rate = taken.target_rate});
  if (!plan.problems.empty()) throw Error(ErrorKind::kInput, plan.problems.front());
  if (plan.inputs.size() != 1) {
    throw Error(ErrorKind::kInput, "--video: " + video.string() + " is not one clip");
  }
  return std::move(plan.inputs.front());
}

std::unique_ptr<FrameSource> open_colour_clip(const std::filesystem::path& video,
                                              const FramesTaken& taken,
                                              const VideoReading& reading) {
  std::unique_ptr<FrameSource> source = planned_colour_clip(video, taken, reading).open();
  for (std::int64_t frame = 0; frame < taken.first; ++frame) {
    if (!source->next()) {
      throw Error(ErrorKind::kInput,
                  video.string() + " has no frame " + std::to_string(taken.first));
    }
  }
  return source;
}

}  // namespace rollingdepth
