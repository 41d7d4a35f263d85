#include "base/shared_work.hpp"

#include <ATen/Parallel.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace rollingdepth {
namespace {

constexpr std::size_t kEnoughToShare = 100'000'000;
constexpr int kThreads = 4;

class SharedWork : public ::testing::Test {
 protected:
  SharedWork() { at::set_num_threads(kThreads); }
  ~SharedWork() override { at::set_num_threads(before_); }

 private:
  int before_ = at::get_num_threads();
};

TEST_F(SharedWork, DoesEveryPieceOnce) {
  for (const std::size_t count : {0, 1, 7, 8, 9, 1000}) {
    for (const std::size_t samples : {std::size_t{1}, kEnoughToShare}) {
      std::vector<std::atomic<int>> done(count);
      share_work(count, samples, [&](std::size_t begin, std::size_t end) {
        ASSERT_LT(begin, end);
        ASSERT_LE(end, count);
        for (std::size_t i = begin; i < end; ++i) ++done[i];
      });
      EXPECT_EQ(std::count(done.begin(), done.end(), 1), count) << samples << " samples";
    }
  }
}

// Each thread that has a range waits for the others.
TEST_F(SharedWork, IsSharedByAllThreads) {
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::atomic<int> arrived = 0;
  const auto patience = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  share_work(4 * 8, kEnoughToShare, [&](std::size_t, std::size_t) {
    {
      const std::lock_guard lock(mutex);
      threads.insert(std::this_thread::get_id());
    }
    ++arrived;
    while (arrived < kThreads && std::chrono::steady_clock::now() < patience) {
      std::this_thread::yield();
    }
  });
  EXPECT_EQ(threads.size(), static_cast<std::size_t>(kThreads));
}

TEST_F(SharedWork, StaysWithTheCallerWhereItIsLittle) {
  share_work(1000, 1, [caller = std::this_thread::get_id()](std::size_t, std::size_t) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
  });
}

TEST_F(SharedWork, RethrowsWhatAPieceThrows) {
  for (const std::size_t samples : {std::size_t{1}, kEnoughToShare}) {
    EXPECT_THROW(share_work(100, samples,
                            [](std::size_t begin, std::size_t) {
                              if (begin >= 48) throw std::runtime_error("a piece");
                            }),
                 std::runtime_error);
  }
}

}  // namespace
}  // namespace rollingdepth
