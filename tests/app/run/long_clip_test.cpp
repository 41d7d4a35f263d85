// A clip of 20,000 frames: memory must not grow with it, but for what every frame leaves.
#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "app/program.hpp"
#include "media/npy.hpp"

namespace rollingdepth {
namespace {

using testing::ProgramResult;
using testing::run_program;
using testing::TemporaryFolder;
using testing::text_of;

// The fit holds the samples of two maps of 32x24 for every snippet, 4.5 kB; the rest are tables.
constexpr double kBytesPerFrame = 10e3;

nlohmann::json run_on_frames(int frames, const TemporaryFolder& folder) {
  const std::string make = std::string(ROLLINGDEPTH_FFMPEG) +
                           " -v error -nostdin -y -f lavfi -i testsrc2=s=64x48:r=25 -frames:v " +
                           std::to_string(frames) +
                           " -c:v libx264 -preset ultrafast -threads 1 -pix_fmt yuv420p '" +
                           (folder / "long.mp4").string() + "'";
  if (std::system(make.c_str()) != 0) throw std::runtime_error("failed: " + make);
  const ProgramResult result =
      run_program(folder.path(), {"-i", "long.mp4", "--res", "32", "--device", "cpu", "--dtype",
                                  "fp32", "--threads", "1", "--dilations", "1", "--snip-len", "2",
                                  "--quality", "ultra_fast", "--quiet"});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return nlohmann::json::parse(text_of(folder / "output/long_report.json"));
}

TEST(LongClip, TakesMemoryForItsFramesOnly) {
  constexpr int kFrames = 20'000, kFewFrames = 300;
  const TemporaryFolder few_folder, folder;
  const double before = run_on_frames(kFewFrames, few_folder)["peak_memory_bytes"];
  const nlohmann::json report = run_on_frames(kFrames, folder);
  EXPECT_EQ(report["result"]["frames"], kFrames);
  EXPECT_EQ(report["result"]["snippets"], kFrames - 1);
  EXPECT_LT(report["peak_memory_bytes"].get<double>(),
            1.1 * before + kBytesPerFrame * (kFrames - kFewFrames));
  RecordProperty("bytes_per_frame",
                 std::to_string((report["peak_memory_bytes"].get<double>() - before) / kFrames));
  const at::Tensor depth = read_npy(folder / "output/long_pred.npy");
  EXPECT_EQ(depth.sizes(), at::IntArrayRef({kFrames, 24, 32}));
  EXPECT_TRUE(depth.isfinite().all().item<bool>());
  EXPECT_FALSE(std::filesystem::exists(folder / "output/long.job"));
}

}  // namespace
}  // namespace rollingdepth
