#include "nn/cuda_facts.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <string>

namespace rollingdepth {
namespace {

// A machine on which everything is in order, with an old GPU beside a new one.
CudaFacts good_machine() {
  CudaFacts facts;
  facts.driver_found = true;
  facts.driver_version = 13010;
  facts.gpus = {{"NVIDIA H200", std::uint64_t{140} << 30, 9, 0},
                {"NVIDIA TITAN V", std::uint64_t{12} << 30, 7, 0}};
  facts.torch_gpus = 2;
  return facts;
}

struct Case {
  const char* name;
  std::function<void(CudaFacts&)> change;
  std::size_t index;
  std::string why;
  bool suggested;  ///< Whether `auto` says it.
};
void PrintTo(const Case& the_case, std::ostream* stream) { *stream << the_case.name; }

class WhyUnusable : public ::testing::TestWithParam<Case> {};

TEST_P(WhyUnusable, NamesWhatIsInTheWay) {
  CudaFacts facts = good_machine();
  GetParam().change(facts);
  EXPECT_EQ(why_unusable(facts, GetParam().index), GetParam().why);
  EXPECT_EQ(suggest_gpu(facts), GetParam().suggested);
}

const std::string kOldGpu =
    "NVIDIA TITAN V has compute capability 7.0, and this LibTorch needs 7.5 or higher";

INSTANTIATE_TEST_SUITE_P(
    All, WhyUnusable,
    ::testing::Values(
        Case{"Nothing", [](CudaFacts&) {}, 0, "", true},
        Case{"Turing",
             [](CudaFacts& facts) {
               facts.gpus[0].capability_major = 7;
               facts.gpus[0].capability_minor = 5;
             },
             0, "", true},
        Case{"NoDriver", [](CudaFacts& facts) { facts = {}; }, 0,
             "no NVIDIA driver (libcuda.so.1) on this machine", false},
        Case{"NoGpu",
             [](CudaFacts& facts) {
               facts = {};
               facts.driver_found = true;
             },
             0, "the NVIDIA driver reports no GPU", false},
        Case{"BrokenDriver",
             [](CudaFacts& facts) {
               facts = {};
               facts.driver_found = true;
               facts.driver_problem =
                   "system has unsupported display driver / cuda driver "
                   "combination";
             },
             0,
             "the NVIDIA driver does not start: system has unsupported display driver / cuda "
             "driver combination",
             true},
        Case{"ThirdOfTwo", [](CudaFacts&) {}, 2, "there are 2 GPUs", true},
        Case{"SecondOfOne", [](CudaFacts& facts) { facts.gpus.pop_back(); }, 1,
             "there is 1 GPU, cuda:0", true},
        Case{"OldDriver", [](CudaFacts& facts) { facts.driver_version = 12080; }, 0,
             "the NVIDIA driver is too old: it serves CUDA 12.8, and this LibTorch needs one for "
             "CUDA 13.0 (580 or newer)",
             true},
        Case{"OldDriverForAnotherLibTorch",
             [](CudaFacts& facts) {
               facts.driver_version = 11080;
               facts.cuda_version = 12060;
             },
             0,
             "the NVIDIA driver is too old: it serves CUDA 11.8, and this LibTorch needs one for "
             "CUDA 12.0",
             true},
        Case{"DriverOfTheFirstMinorVersion", [](CudaFacts& facts) { facts.driver_version = 13000; },
             0, "", true},
        Case{"OldGpu", [](CudaFacts&) {}, 1, kOldGpu, true},
        // Two gigabytes more would not help.
        Case{"OldGpuWithoutLibraries",
             [](CudaFacts& facts) { facts.library_problem = "not unpacked"; }, 1, kOldGpu, true},
        Case{"OldGpuForAnotherLibTorch", [](CudaFacts& facts) { facts.cuda_version = 12060; }, 1,
             "", true},
        Case{"UnknownCapability", [](CudaFacts& facts) { facts.gpus[0].capability_major = 0; }, 0,
             "", true},
        Case{"NoLibraries", [](CudaFacts& facts) { facts.library_problem = "not unpacked"; }, 0,
             "not unpacked", true},
        Case{"UnseenByLibTorch", [](CudaFacts& facts) { facts.torch_gpus = 0; }, 0,
             "LibTorch sees 0 of 2 GPUs", true}),
    ::testing::PrintToStringParamName());

TEST(Architecture, IsNamedAsCompilersDo) {
  EXPECT_EQ(architecture(good_machine().gpus[1]), "sm_70");
  EXPECT_EQ(architecture({"", 0, 12, 1}), "sm_121");
  EXPECT_EQ(architecture({}), "");
}

}  // namespace
}  // namespace rollingdepth
