#include "base/allowed_cpus.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <string>
#include <vector>

#if defined(__linux__)
#include <sched.h>
#endif

#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::Optional;
using testing::TemporaryFolder;

int threads(int cores, std::optional<double> quota) {
  return AllowedCpus{.cores = cores, .quota = quota}.threads();
}

TEST(AllowedCpus, StartAThreadACoreWithoutAQuota) { EXPECT_EQ(threads(6, std::nullopt), 6); }

TEST(AllowedCpus, StartNoMoreThreadsThanTheQuotaHasCpus) {
  EXPECT_EQ(threads(6, 1.0), 1);
  EXPECT_EQ(threads(6, 2.0), 2);
  EXPECT_EQ(threads(6, 6.0), 6);
  EXPECT_EQ(threads(6, 64.0), 6);
  EXPECT_EQ(threads(6, 1e300), 6);
}

TEST(AllowedCpus, CountAPartOfACpuAsOneMore) {
  EXPECT_EQ(threads(6, 0.1), 1);
  EXPECT_EQ(threads(6, 1.1), 2);
  EXPECT_EQ(threads(6, 1.5), 2);
  EXPECT_EQ(threads(2, 1.5), 2);
  EXPECT_EQ(threads(1, 1.5), 1);
}

TEST(AllowedCpus, SayWhatLimitsThem) {
  const auto text = [](int cores, std::optional<double> quota) {
    return AllowedCpus{.cores = cores, .quota = quota}.text();
  };
  EXPECT_EQ(text(1, std::nullopt), "1 core");
  EXPECT_EQ(text(8, std::nullopt), "8 cores");
  EXPECT_EQ(text(8, 8.0), "8 cores");
  EXPECT_EQ(text(8, 1.5), "8 cores, limited to 1.5 CPUs by a quota");
  EXPECT_EQ(text(8, 1.0), "8 cores, limited to 1 CPU by a quota");
}

TEST(AllowedCpus, HaveTheQuotaOfTheirGroup) {
  const TemporaryFolder root;
  std::filesystem::create_directories(root / "proc/self");
  std::filesystem::create_directories(root / "groups/job");
  std::ofstream(root / "proc/self/cgroup") << "0::/job\n";
  std::ofstream(root / "proc/self/mountinfo") << "35 24 0:29 / /groups rw - cgroup2 cgroup2 rw\n";
  std::ofstream(root / "groups/job/cpu.max") << "50000 100000\n";
  const AllowedCpus cpus = allowed_cpus(root.path());
  EXPECT_THAT(cpus.quota, Optional(0.5));
  EXPECT_EQ(cpus.threads(), 1);
}

#if defined(__linux__)
// The processors of this test, set back afterwards.
class AffinityMask : public ::testing::Test {
 protected:
  AffinityMask() { sched_getaffinity(0, sizeof(before_), &before_); }
  ~AffinityMask() override { sched_setaffinity(0, sizeof(before_), &before_); }

  [[nodiscard]] std::vector<int> all() const {
    std::vector<int> cpus;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &before_)) cpus.push_back(cpu);
    }
    return cpus;
  }

 private:
  cpu_set_t before_{};
};

// An empty root tells nothing of cores, so each processor is one.
TEST_F(AffinityMask, LimitsTheCores) {
  const TemporaryFolder root;
  EXPECT_EQ(allowed_cpus(root.path()).cores, all().size());
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(all().front(), &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
  EXPECT_EQ(allowed_cpus(root.path()).cores, 1);
  EXPECT_EQ(allowed_cpus().cores, 1);
}

TEST_F(AffinityMask, CountsProcessorsThatShareACoreOnce) {
  const TemporaryFolder root;
  for (const int cpu : all()) {
    const auto topology = root / ("sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology");
    std::filesystem::create_directories(topology);
    std::ofstream(topology / "physical_package_id") << "0\n";
    std::ofstream(topology / "core_id") << "7\n";
  }
  EXPECT_EQ(allowed_cpus(root.path()).cores, 1);
}
#endif

}  // namespace
}  // namespace rollingdepth
