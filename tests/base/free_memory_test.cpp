#include "base/free_memory.hpp"

#include <gmock/gmock.h>

#include <fstream>
#include <string>

#include "base/control_groups.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::Optional;

class FreeMemory : public ::testing::Test {
 protected:
  void write(const std::string& file, const std::string& text) {
    const std::filesystem::path path = root_ / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text << '\n';
  }
  void in_unified_group(const std::string& group) {
    write("proc/self/cgroup", "0::" + group);
    write("proc/self/mountinfo",
          "35 24 0:29 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate");
  }
  void has_available(const std::string& kibibytes) {
    write("proc/meminfo", "MemTotal:       32614896 kB\nMemAvailable:   " + kibibytes +
                              " kB\nHugePages_Total:       0\nBuffers:          100 kB");
  }

  testing::TemporaryFolder root_;
};

TEST_F(FreeMemory, IsUnknownWhereTheSystemSaysNothing) {
  EXPECT_EQ(free_memory_bytes(root_.path()), std::nullopt);
}

TEST_F(FreeMemory, IsWhatTheSystemCallsAvailable) {
  has_available("2048");
  EXPECT_THAT(free_memory_bytes(root_.path()), Optional(2048 * 1024));
}

TEST_F(FreeMemory, IsNoMoreThanTheTightestGroupLeaves) {
  has_available("2048");
  in_unified_group("/a/b");
  write("sys/fs/cgroup/a/memory.max", "1000000");
  write("sys/fs/cgroup/a/memory.current", "700000");
  write("sys/fs/cgroup/a/b/memory.max", "max");
  write("sys/fs/cgroup/a/b/memory.current", "600000");
  EXPECT_THAT(free_memory_bytes(root_.path()), Optional(300000));
  // Files that were read and are not used count as free.
  write("sys/fs/cgroup/a/memory.stat", "anon 400000\ninactive_file 250000");
  EXPECT_THAT(free_memory_bytes(root_.path()), Optional(550000));
}

TEST_F(FreeMemory, ReadsVersion1) {
  has_available("2048");
  write("proc/self/cgroup", "5:memory:/job\n4:cpu,cpuacct:/job");
  write("proc/self/mountinfo",
        "30 24 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
        "31 24 0:27 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct");
  write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "900000");
  write("sys/fs/cgroup/memory/job/memory.usage_in_bytes", "1000000");
  write("sys/fs/cgroup/memory/job/memory.stat", "total_inactive_file 300000");
  EXPECT_THAT(free_memory_bytes(root_.path()), Optional(200000));
  // What stands for no limit.
  write("sys/fs/cgroup/memory/job/memory.limit_in_bytes", "9223372036854771712");
  EXPECT_THAT(free_memory_bytes(root_.path()), Optional(2048 * 1024));
}

TEST_F(FreeMemory, IsNoneLeftWhereMoreIsUsedThanAllowed) {
  in_unified_group("/");
  write("sys/fs/cgroup/memory.max", "1000");
  write("sys/fs/cgroup/memory.current", "5000");
  EXPECT_THAT(memory_left_bytes(root_.path()), Optional(0));
}

}  // namespace
}  // namespace rollingdepth
