#include "base/serial_operations.hpp"

#include <ATen/Parallel.h>
#include <gtest/gtest.h>

#include <thread>

namespace rollingdepth {
namespace {

class SerialOperationsTest : public ::testing::Test {
 protected:
  SerialOperationsTest() { at::set_num_threads(3); }
  ~SerialOperationsTest() override { at::set_num_threads(before_); }

  int before_ = at::get_num_threads();
};

TEST_F(SerialOperationsTest, LeavesOneThreadWhileItLives) {
  {
    const SerialOperations serial;
    EXPECT_EQ(at::get_num_threads(), 1);
  }
  EXPECT_EQ(at::get_num_threads(), 3);
}

// Also in a thread that LibTorch has not seen before, whose number it would set itself.
TEST_F(SerialOperationsTest, CountsForItsThreadAlone) {
  int there = 0;
  int here = 0;
  std::thread([&] {
    const SerialOperations serial;
    there = at::get_num_threads();
    std::thread([&] { here = at::get_num_threads(); }).join();
  }).join();
  EXPECT_EQ(there, 1);
  EXPECT_EQ(here, 3);
  EXPECT_EQ(at::get_num_threads(), 3);
}

}  // namespace
}  // namespace rollingdepth
