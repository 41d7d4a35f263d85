#include "base/bounded_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/joining_thread.hpp"

namespace rollingdepth {
namespace {

std::exception_ptr failure(const std::string& text) {
  return std::make_exception_ptr(std::runtime_error(text));
}

template <class Action>
std::string text_thrown(Action&& action) {
  try {
    action();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "nothing";
}

TEST(BoundedQueue, KeepsTheOrder) {
  BoundedQueue<int> queue(3);
  const JoiningThread pushing([&] {
    for (int i = 0; i < 1000; ++i) queue.push(i);
    queue.close();
  });
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(queue.pop(), i);
  EXPECT_EQ(queue.pop(), std::nullopt);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(BoundedQueue, LosesNothingBetweenSeveralThreads) {
  constexpr int kThreads = 4, kValues = 500;
  BoundedQueue<int> queue(2);
  std::vector<std::vector<int>> popped(kThreads);
  {
    std::vector<JoiningThread> poppers;
    for (std::vector<int>& values : popped) {
      poppers.emplace_back([&queue, &values] {
        while (const auto value = queue.pop()) values.push_back(*value);
      });
    }
    std::vector<JoiningThread> pushers;
    for (int t = 0; t < kThreads; ++t) {
      pushers.emplace_back([&queue, t] {
        for (int i = 0; i < kValues; ++i) queue.push(t * kValues + i);
      });
    }
    pushers.clear();
    queue.close();
  }
  std::vector<int> times(kThreads * kValues, 0);
  for (const auto& values : popped) {
    for (const int value : values) ++times[static_cast<std::size_t>(value)];
  }
  EXPECT_EQ(times, std::vector<int>(kThreads * kValues, 1));
}

TEST(BoundedQueue, LetsNoMoreWaitThanItsCapacity) {
  BoundedQueue<int> queue(2);
  std::atomic<int> pushed = 0;
  const JoiningThread pushing([&] {
    for (int i = 0; i < 100; ++i) {
      queue.push(i);
      ++pushed;
    }
    queue.close();
  });
  for (int popped = 1; queue.pop(); ++popped) EXPECT_LE(pushed, popped + 2);
  EXPECT_EQ(pushed, 100);
}

TEST(BoundedQueue, TakesNothingOnceItIsClosedAndGivesWhatWaits) {
  BoundedQueue<int> queue(4);
  EXPECT_TRUE(queue.push(1));
  EXPECT_TRUE(queue.push(2));
  queue.close();
  EXPECT_FALSE(queue.push(3));
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), 2);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(BoundedQueue, ThrowsWhyItWasClosedAfterWhatWaits) {
  BoundedQueue<int> queue(4);
  queue.push(1);
  queue.close(failure("cannot read"));
  EXPECT_FALSE(queue.push(2));
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(text_thrown([&] { queue.pop(); }), "cannot read");
  EXPECT_EQ(text_thrown([&] { queue.pop(); }), "cannot read");
}

TEST(BoundedQueue, DropsWhatWaitsWhereItIsStopped) {
  const auto value = std::make_shared<int>(1);
  BoundedQueue<std::shared_ptr<int>> queue(4);
  queue.push(value);
  queue.stop();
  EXPECT_EQ(value.use_count(), 1);
  EXPECT_FALSE(queue.push(value));
  EXPECT_EQ(queue.pop(), std::nullopt);
  queue.wait_until_handled();
}

TEST(BoundedQueue, ThrowsWhyItWasStoppedAtOnce) {
  BoundedQueue<int> queue(4);
  queue.push(1);
  queue.stop(failure("disk full"));
  EXPECT_EQ(text_thrown([&] { queue.push(2); }), "disk full");
  EXPECT_EQ(text_thrown([&] { queue.wait_until_handled(); }), "disk full");
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(BoundedQueue, WakesWhoWaitsForRoom) {
  for (const bool fails : {false, true}) {
    BoundedQueue<int> queue(1);
    queue.push(1);
    std::promise<void> begins;
    auto pushing = std::async(std::launch::async, [&] {
      begins.set_value();
      return queue.push(2);
    });
    begins.get_future().wait();
    queue.stop(fails ? failure("disk full") : nullptr);
    if (fails) {
      EXPECT_EQ(text_thrown([&] { pushing.get(); }), "disk full");
    } else {
      EXPECT_FALSE(pushing.get());
    }
  }
}

TEST(BoundedQueue, WakesWhoWaitsForAValue) {
  for (const bool is_closed : {false, true}) {
    BoundedQueue<int> queue(1);
    std::promise<void> begins;
    auto popping = std::async(std::launch::async, [&] {
      begins.set_value();
      return queue.pop();
    });
    begins.get_future().wait();
    if (is_closed) {
      queue.close();
    } else {
      queue.stop();
    }
    EXPECT_EQ(popping.get(), std::nullopt);
  }
}

TEST(BoundedQueue, WaitsForTheValueThatIsBeingHandled) {
  BoundedQueue<int> queue(4);
  std::promise<void> go_on;
  std::atomic<int> handled = 0;
  const JoiningThread popping([&] {
    go_on.get_future().wait();
    while (queue.pop()) {
      std::this_thread::yield();
      ++handled;
    }
  });
  for (int i = 0; i < 4; ++i) queue.push(i);
  go_on.set_value();
  queue.wait_until_handled();
  EXPECT_EQ(handled, 4);
  queue.push(4);
  queue.close();
  queue.wait_until_handled();
  EXPECT_EQ(handled, 5);
}

}  // namespace
}  // namespace rollingdepth
