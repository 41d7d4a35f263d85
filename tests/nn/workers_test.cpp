#include "nn/workers.hpp"

#include <gmock/gmock.h>

namespace rollingdepth {
namespace {

const std::vector<c10::Device> kCpu = {c10::Device(c10::kCPU)};
const std::vector<c10::Device> kTwoGpus = {c10::Device(c10::kCUDA, 0), c10::Device(c10::kCUDA, 2)};
constexpr NetworkMemory kSmall{.parameter_bytes = 20e6, .call_bytes = 100e6};
constexpr NetworkMemory kLarge{.parameter_bytes = 2e9, .call_bytes = 1e9};

std::string text(const std::vector<c10::Device>& devices, const WorkerNeeds& needs) {
  return workers_text(choose_workers(devices, needs));
}

TEST(ChooseWorkers, GivesSmallNetworksAWorkerACore) {
  EXPECT_EQ(text(kCpu, {.asked = {}, .threads = 8, .memory = kSmall}), "8 workers");
  EXPECT_EQ(text(kCpu, {.asked = {}, .threads = 1, .memory = kSmall}), "1 thread");
}

TEST(ChooseWorkers, GivesLargeNetworksAllThreads) {
  EXPECT_EQ(text(kCpu, {.asked = {}, .threads = 8, .memory = kLarge}), "8 threads");
}

// The threads of an operation move bits, and must not depend on what the machine has free.
TEST(ChooseWorkers, TakesFewerWhereMemoryIsShortButNoOtherThreads) {
  const auto workers = choose_workers(
      kCpu, {.asked = {}, .threads = 8, .memory = kSmall, .free_bytes = 700'000'000});
  ASSERT_EQ(workers.size(), 3U);
  EXPECT_EQ(workers[0].threads, 1);
  EXPECT_EQ(choose_workers(kCpu, {.asked = {}, .threads = 8, .memory = kSmall, .free_bytes = 1000})
                .size(),
            1U);
}

TEST(ChooseWorkers, DividesTheThreadsAmongThoseThatAreAskedFor) {
  EXPECT_EQ(text(kCpu, {.asked = 2, .threads = 8, .memory = kLarge}), "2 workers of 4 threads");
  EXPECT_EQ(text(kCpu, {.asked = 3, .threads = 2, .memory = kSmall}), "3 workers");
  EXPECT_EQ(text(kCpu, {.asked = 1, .threads = 8, .memory = kSmall}), "8 threads");
}

// Of a clip that was planned elsewhere.
TEST(ChooseWorkers, KeepsThreadsOfAnOperationThatWereDecided) {
  const auto planned = [](int each, NetworkMemory memory, std::optional<int> asked = {},
                          std::optional<std::int64_t> free_bytes = {}) {
    return text(kCpu, {.asked = asked,
                       .threads = 8,
                       .operation_threads = each,
                       .memory = memory,
                       .free_bytes = free_bytes});
  };
  EXPECT_EQ(planned(1, kLarge), "8 workers");
  EXPECT_EQ(planned(4, kLarge), "2 workers of 4 threads");
  EXPECT_EQ(planned(4, kSmall), "2 workers of 4 threads");
  EXPECT_EQ(planned(16, kLarge), "16 threads") << "more than there are";
  EXPECT_EQ(planned(4, kLarge, 3), "3 workers of 4 threads");
  EXPECT_EQ(planned(1, kLarge, {}, 9'000'000'000), "2 workers") << "of the memory that is free";
}

TEST(ChooseWorkers, GivesEachGpuOne) {
  const auto workers = choose_workers(kTwoGpus, {.asked = {}, .threads = 8, .memory = kLarge});
  ASSERT_EQ(workers.size(), 2U);
  EXPECT_EQ(workers[0].device, kTwoGpus[0]);
  EXPECT_EQ(workers[1].device, kTwoGpus[1]);
  const auto more = choose_workers(kTwoGpus, {.asked = 3, .threads = 8, .memory = kLarge});
  ASSERT_EQ(more.size(), 3U);
  EXPECT_EQ(more[2].device, kTwoGpus[0]);
}

TEST(MemoryWarning, TellsOfThoseWhoWillNotFit) {
  const WorkerNeeds needs{.asked = 9, .threads = 2, .memory = kLarge, .free_bytes = 10'000'000'000};
  EXPECT_EQ(memory_warning(choose_workers(kCpu, needs), needs),
            "9 workers need about 11.0 GB of memory, and 10.0 GB are free");
  const WorkerNeeds fewer{.asked = 8, .threads = 2, .memory = kLarge, .free_bytes = 10'000'000'000};
  EXPECT_EQ(memory_warning(choose_workers(kCpu, fewer), fewer), "");
}

TEST(ChooseWorkers, LeavesOneWhereEachUnitNeedsTheOneBefore) {
  EXPECT_EQ(text(kCpu, {.asked = 4, .threads = 8, .can_share_units = false, .memory = kSmall}),
            "8 threads");
}

}  // namespace
}  // namespace rollingdepth
