// Video-Depth-Anything on the device, from frames in memory to depth.
#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include "clip_run/tensor_clip.hpp"
#include "device_under_test.hpp"
#include "method/video_depth_anything/recorded.hpp"
#include "nn/device.hpp"
#include "parity_report.hpp"
#include "rollingdepth/run.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth::vda {
namespace {

using testing::device_under_test;

at::Tensor depth_on(c10::Device device, c10::ScalarType dtype, Mode mode) {
  Options options;
  options.clip.res_px = 56;
  options.mode = mode;
  options.frames_per_call = 4;
  VideoDepthAnything method = tiny_method(options);
  method.load({device}, dtype, /*tf32=*/false);
  at::manual_seed(1);
  // Not of one level: noise that is smooth, so that half precision has something to keep.
  const at::Tensor noise = at::upsample_bilinear2d(at::rand({40, 3, 6, 8}), {54, 96}, false);
  testing::TensorSource source((noise * 255).to(at::kByte));
  testing::RecordingSink sink;
  SilentProgress progress;
  const testing::TemporaryFolder folder;
  ClipRunOptions run;
  run.spool.folder = folder.path();
  run_clip(source, method, {&sink}, nullptr, run, progress);
  return at::stack(sink.maps);
}

class VideoOnDevice : public ::testing::TestWithParam<Mode> {};

INSTANTIATE_TEST_SUITE_P(Modes, VideoOnDevice, ::testing::Values(Mode::kOffline, Mode::kStreaming),
                         [](const auto& mode) { return to_string(mode.param); });

TEST_P(VideoOnDevice, GivesTheDepthOfTheProcessor) {
  const at::Tensor expected = depth_on(c10::kCPU, at::kFloat, GetParam());
  const double range = (expected.max() - expected.min()).item<double>();
  for (const auto& [dtype, bound] :
       {std::pair{at::kFloat, 1e-4}, {testing::dtype_under_test(), 1e-2}}) {
    const at::Tensor depth = depth_on(device_under_test(), dtype, GetParam());
    testing::expect_parity("Video-Depth-Anything on the device, mean, share of the range",
                           to_string(GetParam()) + " in " + dtype_name(dtype),
                           (depth - expected).abs().mean().item<double>() / range, bound);
  }
}

TEST_P(VideoOnDevice, GivesTheSameBytesAgain) {
  const auto dtype = testing::dtype_under_test();
  EXPECT_TRUE(at::equal(depth_on(device_under_test(), dtype, GetParam()),
                        depth_on(device_under_test(), dtype, GetParam())));
}

}  // namespace
}  // namespace rollingdepth::vda
