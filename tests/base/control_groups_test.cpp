#include "base/control_groups.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <string>

#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::Eq;
using ::testing::Optional;
using testing::TemporaryFolder;

// A machine of a process: what it sees of the control groups.
class CpuQuota : public ::testing::Test {
 protected:
  void write(const std::string& file, const std::string& text) {
    const std::filesystem::path path = root_ / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text << '\n';
  }
  void in_groups(const std::string& lines) { write("proc/self/cgroup", lines); }
  void mounted(const std::string& lines) { write("proc/self/mountinfo", lines); }
  // Version 2, nothing else, the process in `group`.
  void in_unified_group(const std::string& group) {
    in_groups("0::" + group);
    mounted(
        "24 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n"
        "35 24 0:29 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate");
  }
  // Version 1 with two controllers in one hierarchy, as most distributions had it.
  void in_old_group(const std::string& group) {
    in_groups("5:memory:/elsewhere\n4:cpu,cpuacct:" + group + "\n1:name=systemd:/init.scope");
    mounted(
        "30 24 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
        "31 24 0:27 / /sys/fs/cgroup/cpu,cpuacct rw shared:12 - cgroup cgroup rw,cpu,cpuacct\n"
        "32 24 0:28 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset");
  }
  void set_old_quota(const std::string& folder, const std::string& time,
                     const std::string& period) {
    write(folder + "/cpu.cfs_quota_us", time);
    write(folder + "/cpu.cfs_period_us", period);
  }
  std::optional<double> quota() { return cpu_quota(root_.path()); }

 private:
  TemporaryFolder root_;
};

TEST_F(CpuQuota, IsNoneWithoutControlGroups) { EXPECT_EQ(quota(), std::nullopt); }

TEST_F(CpuQuota, IsThatOfTheOwnGroup) {
  in_unified_group("/job");
  write("sys/fs/cgroup/job/cpu.max", "150000 100000");
  write("sys/fs/cgroup/other/cpu.max", "50000 100000");
  EXPECT_THAT(quota(), Optional(1.5));
}

TEST_F(CpuQuota, CountsItsOwnPeriod) {
  in_unified_group("/job");
  write("sys/fs/cgroup/job/cpu.max", "20000 10000");
  EXPECT_THAT(quota(), Optional(2.0));
}

TEST_F(CpuQuota, IsNoneWhereTheGroupMayUseAll) {
  in_unified_group("/job");
  write("sys/fs/cgroup/job/cpu.max", "max 100000");
  EXPECT_EQ(quota(), std::nullopt);
}

TEST_F(CpuQuota, IsTheSmallestOfAllGroupsAbove) {
  in_unified_group("/a/b/c");
  write("sys/fs/cgroup/a/b/c/cpu.max", "max 100000");
  write("sys/fs/cgroup/a/b/cpu.max", "300000 100000");
  write("sys/fs/cgroup/a/cpu.max", "200000 100000");
  EXPECT_THAT(quota(), Optional(2.0));
  write("sys/fs/cgroup/a/b/c/cpu.max", "100000 100000");
  EXPECT_THAT(quota(), Optional(1.0));
}

// A container with a name space of its own: its group is the root of what it sees.
TEST_F(CpuQuota, IsThatOfTheContainerWhoseGroupIsTheRoot) {
  in_unified_group("/");
  write("sys/fs/cgroup/cpu.max", "250000 100000");
  EXPECT_THAT(quota(), Optional(2.5));
}

TEST_F(CpuQuota, IsThatOfTheMountWhereTheGroupIsNotBelowIt) {
  in_unified_group("/machine/container-1");
  write("sys/fs/cgroup/cpu.max", "250000 100000");
  EXPECT_THAT(quota(), Optional(2.5));
}

// What a process sees that was started outside the container and entered it.
TEST_F(CpuQuota, IsThatOfTheMountWhereTheGroupLiesAboveIt) {
  in_unified_group("/../other");
  write("sys/fs/cgroup/cpu.max", "250000 100000");
  write("sys/fs/other/cpu.max", "50000 100000");
  EXPECT_THAT(quota(), Optional(2.5));
}

TEST_F(CpuQuota, ReadsVersion1) {
  in_old_group("/user/job");
  set_old_quota("sys/fs/cgroup/cpu,cpuacct/user/job", "75000", "50000");
  set_old_quota("sys/fs/cgroup/cpu,cpuacct/user", "-1", "100000");
  EXPECT_THAT(quota(), Optional(1.5));
  set_old_quota("sys/fs/cgroup/cpu,cpuacct/user", "100000", "100000");
  EXPECT_THAT(quota(), Optional(1.0));
}

TEST_F(CpuQuota, IsNoneInVersion1WithoutALimit) {
  in_old_group("/job");
  set_old_quota("sys/fs/cgroup/cpu,cpuacct/job", "-1", "100000");
  EXPECT_EQ(quota(), std::nullopt);
}

// Controllers whose names begin alike have groups of their own.
TEST_F(CpuQuota, IsNotTakenFromOtherControllers) {
  in_groups("3:cpuset:/job\n2:cpuacct:/job\n1:cpu:/");
  mounted(
      "31 24 0:27 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n"
      "32 24 0:28 / /sys/fs/cgroup/cpuacct rw - cgroup cgroup rw,cpuacct\n"
      "33 24 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu");
  for (const char* const name : {"cpuset", "cpuacct", "cpu"}) {
    set_old_quota(std::string("sys/fs/cgroup/") + name + "/job", "100000", "100000");
  }
  EXPECT_EQ(quota(), std::nullopt);
}

// Docker with version 1: the group is named as the host sees it, and only it is mounted.
TEST_F(CpuQuota, FindsTheGroupOfAContainerBelowTheMountsRoot) {
  in_groups("4:cpu,cpuacct:/docker/1f/inner");
  mounted("41 40 0:27 /docker/1f /sys/fs/cgroup/cpu ro master:12 - cgroup cgroup rw,cpu,cpuacct");
  set_old_quota("sys/fs/cgroup/cpu", "400000", "100000");
  EXPECT_THAT(quota(), Optional(4.0));
  set_old_quota("sys/fs/cgroup/cpu/inner", "300000", "100000");
  EXPECT_THAT(quota(), Optional(3.0));
}

// /docker/1f is no part of /docker/1f2.
TEST_F(CpuQuota, TakesNoGroupForAnotherOfLongerName) {
  in_groups("4:cpu:/docker/1f2");
  mounted("41 40 0:27 /docker/1f /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu");
  set_old_quota("sys/fs/cgroup/cpu/2", "100000", "100000");
  EXPECT_EQ(quota(), std::nullopt);
}

// Version 1 for the processors, version 2 mounted beside it, and the other way round.
TEST_F(CpuQuota, IsTheSmallerOneOfBothVersions) {
  in_groups("1:cpu:/old\n0::/new");
  mounted(
      "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
      "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw");
  set_old_quota("sys/fs/cgroup/cpu/old", "300000", "100000");
  EXPECT_THAT(quota(), Optional(3.0));
  write("sys/fs/cgroup/unified/new/cpu.max", "200000 100000");
  EXPECT_THAT(quota(), Optional(2.0));
  set_old_quota("sys/fs/cgroup/cpu/old", "100000", "100000");
  EXPECT_THAT(quota(), Optional(1.0));
}

TEST_F(CpuQuota, FindsAPlaceWithBlanksInItsName) {
  in_groups("0::/a job");
  mounted(R"(35 24 0:29 / /my\040groups rw - cgroup2 cgroup2 rw)");
  write("my groups/a job/cpu.max", "200000 100000");
  EXPECT_THAT(quota(), Optional(2.0));
}

TEST_F(CpuQuota, IsNoneWhereItsFileCannotBeUnderstood) {
  in_unified_group("/job");
  for (const char* const text :
       {"", "200000", "200000 ", "200000 0", "200000 -1", "-1 100000", "0 100000", "2e5 1e5",
        "200000 100000 1", "200000us 100000", "99999999999999999999 100000", "max max", "\n1 1"}) {
    write("sys/fs/cgroup/job/cpu.max", text);
    EXPECT_EQ(quota(), std::nullopt) << text;
  }
}

TEST_F(CpuQuota, IsNoneInVersion1WhereOneOfItsFilesIsMissing) {
  in_old_group("/job");
  write("sys/fs/cgroup/cpu,cpuacct/job/cpu.cfs_quota_us", "100000");
  EXPECT_EQ(quota(), std::nullopt);
}

TEST_F(CpuQuota, PassesOverLinesThatItDoesNotUnderstand) {
  in_groups("\nx\n1:cpu\n::\n0:://job");
  mounted(
      "\n- - -\n35 24 0:29 / /sys/fs/cgroup rw shared:1\n35 24 - cgroup2 cgroup2 rw\n"
      "36 24 0:29 / /sys/fs/cgroup rw - cgroup2\n"
      "37 24 0:29 / /sys/fs/cgroup rw shared:1 master:2 - cgroup2 cgroup2 rw");
  write("sys/fs/cgroup/job/cpu.max", "200000 100000");
  EXPECT_THAT(quota(), Optional(2.0));
}

// A folder where a file should be.
TEST_F(CpuQuota, IsNoneWhereNothingCanBeRead) {
  in_unified_group("/job");
  write("sys/fs/cgroup/job/cpu.max/x", "");
  EXPECT_EQ(quota(), std::nullopt);
}

}  // namespace
}  // namespace rollingdepth
