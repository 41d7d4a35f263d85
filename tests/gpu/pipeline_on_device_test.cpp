// Whole runs on the device, from frames in memory to depth.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include "clip_run/run_rolling_depth.hpp"
#include "clip_run/tensor_clip.hpp"
#include "device_under_test.hpp"
#include "parity.hpp"
#include "rollingdepth/error.hpp"
#include "stopping_progress.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using testing::device_under_test;
using testing::TemporaryFolder;

// Nothing is to be warned of.
class Stopping final : public testing::StoppingProgress {
 public:
  using StoppingProgress::StoppingProgress;
  void warn(const std::string& message) override { ADD_FAILURE() << message; }
};

class PipelineOnDevice : public ::testing::Test {
 protected:
  // Depth of the recorded clip `fast` by the default model, or nothing where it was stopped.
  at::Tensor run(DepthModel& model, const TemporaryFolder& folder, int checks_left = -1) {
    testing::TensorSource source(testing::case_array("fast", "frames").narrow(0, 0, 12));
    RollingDepthOptions options;
    options.clip.res_px = 96;
    options.dilations = {1, 3};
    options.batch = {.vae_frames = 4, .snippets = 4};
    options.refine = {.steps = 2};
    testing::RecordingSink sink;
    Stopping progress(checks_left);
    at::Tensor depth;
    try {
      testing::run_rolling_depth(source, model, {&sink}, options, progress,
                                 {.folder = folder.path(), .memory_limit_bytes = 0, .job = 7});
      depth = at::stack(sink.maps);
    } catch (const Cancelled&) {
    }
    checks_ = progress.checks;
    return depth;
  }
  at::Tensor run(DepthModel& model) {
    const TemporaryFolder folder;
    return run(model, folder);
  }

  static std::unique_ptr<DepthModel> load(c10::Device device, c10::ScalarType dtype) {
    return load_model(testing::checkout_file("models/default"), device, dtype);
  }

  int checks_ = 0;  // Places where the last run might have been cancelled.
};

TEST_F(PipelineOnDevice, GivesTheDepthOfTheProcessor) {
  const auto on_cpu = load(c10::kCPU, at::kFloat);
  const at::Tensor expected = run(*on_cpu);
  // Depth reaches from -1 to 1; half precision may cost half a percent of that
  // (docs/benchmarks.md).
  for (const auto& [dtype, bound] :
       {std::pair{at::kFloat, 1e-3}, {testing::dtype_under_test(), 1e-2}}) {
    const auto model = load(device_under_test(), dtype);
    testing::expect_parity("whole run on the device, mean", dtype_name(dtype),
                           testing::mean_difference(run(*model), expected), bound);
  }
}

TEST_F(PipelineOnDevice, GivesTheSameBytesAgain) {
  const auto model = load(device_under_test(), testing::dtype_under_test());
  const at::Tensor expected = run(*model);
  EXPECT_TRUE(at::equal(run(*model), expected));
}

TEST_F(PipelineOnDevice, GivesTheSameBytesAfterAnyStop) {
  const auto model = load(device_under_test(), testing::dtype_under_test());
  const at::Tensor expected = run(*model);
  const int all = checks_;
  ASSERT_GT(all, 5);
  for (int stopped_after = 1; stopped_after < all; stopped_after += 1 + all / 5) {
    const TemporaryFolder folder;
    EXPECT_FALSE(run(*model, folder, stopped_after).defined());
    EXPECT_TRUE(at::equal(run(*model, folder), expected)) << stopped_after << " of " << all;
  }
}

}  // namespace
}  // namespace rollingdepth
