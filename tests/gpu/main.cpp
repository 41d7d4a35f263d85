// Where there is no GPU, CTest shall say that these tests were skipped, not that they passed: the
// program then ends with the code that tests/gpu/CMakeLists.txt names.
#include <gmock/gmock.h>

#include <cstdio>

#include "device_under_test.hpp"
#include "rollingdepth/error.hpp"

namespace {

constexpr int kSkipped = 77;

}  // namespace

int main(int argc, char** argv) {
  ::testing::InitGoogleMock(&argc, argv);
  try {
    rollingdepth::testing::device_under_test();
  } catch (const std::exception& error) {
    const bool no_gpu = rollingdepth::kind_of(error) == rollingdepth::ErrorKind::kDevice;
    std::printf("%s: %s\n", no_gpu ? "skipped: no GPU" : "gpu_test",
                rollingdepth::describe(error).c_str());
    return no_gpu ? kSkipped : 1;
  }
  return RUN_ALL_TESTS();
}
