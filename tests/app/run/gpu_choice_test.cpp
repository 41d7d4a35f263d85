#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "app/program.hpp"

namespace rollingdepth {
namespace {

using testing::case_clip;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::lines_of;
using testing::ProgramResult;
using testing::run_program;
using testing::TemporaryFolder;

// Variables of the environment that programs started meanwhile have.
class Environment {
 public:
  explicit Environment(std::map<std::string, std::string> values) : values_(std::move(values)) {
    for (const auto& [name, value] : values_) setenv(name.c_str(), value.c_str(), 1);
  }
  ~Environment() {
    for (const auto& [name, value] : values_) unsetenv(name.c_str());
  }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  std::map<std::string, std::string> values_;
};

// The program with a driver whose answers are given, on GPUs that it cannot use.
class GpuChoiceTest : public ::testing::Test {
 protected:
  ProgramResult run(std::map<std::string, std::string> answers,
                    const std::vector<std::string>& arguments) const {
    answers["LD_LIBRARY_PATH"] = ROLLINGDEPTH_FAKE_CUDA_DRIVER;
    const Environment environment(std::move(answers));
    return run_program(folder_.path(), arguments);
  }
  [[nodiscard]] static std::vector<std::string> plan(const std::string& device) {
    return {"-i", case_clip("fast"), "--dry-run", "--res", "0", "--device", device};
  }

  TemporaryFolder folder_;
};

const std::string kOldGpu =
    "Fake GPU 0 has compute capability 6.1, and this LibTorch needs 7.5 or higher";

TEST_F(GpuChoiceTest, TakesTheProcessorInsteadOfAnOldGpuAndSaysWhy) {
  const ProgramResult result = run({}, plan("auto"));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err, "note: GPU not used: " + kOldGpu + "\n");
  EXPECT_THAT(result.out, HasSubstr("device cpu, "));
}

TEST_F(GpuChoiceTest, AsksForANewerDriver) {
  const ProgramResult result =
      run({{"FAKE_CUDA_VERSION", "12040"}, {"FAKE_CUDA_CAPABILITY", "90"}}, plan("auto"));
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.err,
            "note: GPU not used: the NVIDIA driver is too old: it serves CUDA 12.4, and this "
            "LibTorch needs one for CUDA 13.0 (580 or newer)\n");
}

TEST_F(GpuChoiceTest, SaysThatTheDriverDoesNotStart) {
  EXPECT_EQ(run({{"FAKE_CUDA_INIT", "803"}}, plan("auto")).err,
            "note: GPU not used: the NVIDIA driver does not start: the fake driver is broken\n");
}

TEST_F(GpuChoiceTest, SaysNothingWithoutAGpuOrWhenNotAsked) {
  EXPECT_THAT(run({{"FAKE_CUDA_INIT", "100"}}, plan("auto")).err, IsEmpty());
  EXPECT_THAT(run({{"FAKE_CUDA_GPUS", "0"}}, plan("auto")).err, IsEmpty());
  EXPECT_THAT(run({}, plan("cpu")).err, IsEmpty());
}

TEST_F(GpuChoiceTest, FailsForTheSameReasonWhereTheGpuIsAskedFor) {
  const ProgramResult result = run({}, plan("cuda"));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.err, "rollingdepth: error: device 'cuda' is not available: " + kOldGpu + "\n");
  EXPECT_THAT(run({}, plan("cuda:7")).err, HasSubstr("there is 1 GPU, cuda:0"));
}

TEST_F(GpuChoiceTest, ListsGpusWithTheReason) {
  const ProgramResult result = run({{"FAKE_CUDA_GPUS", "2"}}, {"--list-devices"});
  EXPECT_EQ(result.exit_code, 0);
  const auto lines = lines_of(result.out);
  ASSERT_EQ(lines.size(), 3U) << result.out;
  EXPECT_EQ(lines[0], "cuda:0  Fake GPU 0, 8 GB; not used: " + kOldGpu);
  EXPECT_THAT(lines[1], HasSubstr("cuda:1  Fake GPU 1, 8 GB; not used: Fake GPU 1 has compute"));
  EXPECT_THAT(lines[2], HasSubstr("cpu "));
}

}  // namespace
}  // namespace rollingdepth
