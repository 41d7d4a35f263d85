#include "base/operation_threads.hpp"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <thread>

namespace rollingdepth {
namespace {

class OperationThreadsTest : public ::testing::Test {
 protected:
  OperationThreadsTest() { at::set_num_threads(3); }
  ~OperationThreadsTest() override { at::set_num_threads(before_); }

  int before_ = at::get_num_threads();
};

TEST_F(OperationThreadsTest, LeavesOneThreadWhileItLives) {
  {
    const OperationThreads serial(1);
    EXPECT_EQ(at::get_num_threads(), 1);
  }
  EXPECT_EQ(at::get_num_threads(), 3);
}

// Also in a thread that LibTorch has not seen before, whose number it would set itself.
TEST_F(OperationThreadsTest, CountsForItsThreadAlone) {
  int there = 0;
  int here = 0;
  std::thread([&] {
    const OperationThreads serial(1);
    there = at::get_num_threads();
    std::thread([&] { here = at::get_num_threads(); }).join();
  }).join();
  EXPECT_EQ(there, 1);
  EXPECT_EQ(here, 3);
  EXPECT_EQ(at::get_num_threads(), 3);
}

}  // namespace
}  // namespace rollingdepth
