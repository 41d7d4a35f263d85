#pragma once

#include <ATen/ATen.h>

#include <filesystem>

#include "clip_run/tensor_clip.hpp"
#include "rollingdepth/run.hpp"
#include "rollingdepth/video.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth::testing {

/// What a method gives for a video, in float32 on the CPU: [N, H, W].
inline at::Tensor depth_of_video(const std::filesystem::path& video, DepthMethod& method) {
  method.load({c10::Device(c10::kCPU)}, c10::kFloat, /*tf32=*/false);
  const auto source = open_video(video);
  RecordingSink sink;
  SilentProgress progress;
  const TemporaryFolder folder;
  ClipRunOptions run;
  run.spool.folder = folder.path();
  run_clip(*source, method, {&sink}, nullptr, run, progress);
  return at::stack(sink.maps);
}

}  // namespace rollingdepth::testing
