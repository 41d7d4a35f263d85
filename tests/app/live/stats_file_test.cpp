#include "app/live/stats_file.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "app/program.hpp"
#include "error_matchers.hpp"
#include "file_size_limit.hpp"
#include "live/open_descriptor.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using testing::FileSizeLimit;
using ::testing::HasSubstr;
using testing::lines_of;
using testing::message_of;
using testing::TemporaryFolder;
using testing::text_of;

live::Json numbered(int number) { return {{"event", "frame"}, {"frame", number}}; }

class StatsFileTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string file(const std::string& name) const {
    return (folder_ / name).string();
  }
  // A named pipe that holds little more than a page.
  [[nodiscard]] live::OpenDescriptor small_pipe(const std::string& name) const {
    EXPECT_EQ(mkfifo(file(name).c_str(), 0600), 0);
    live::OpenDescriptor pipe(open(file(name).c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    EXPECT_GT(fcntl(pipe.get(), F_SETPIPE_SZ, 4096), 0);
    return pipe;
  }

  TemporaryFolder folder_;
  live::StopFlag stop_;
  std::vector<std::string> failures_;
  std::function<void(const Error&)> on_failure_ = [this](const Error& why) {
    failures_.emplace_back(why.what());
  };
};

TEST_F(StatsFileTest, HoldsEachLineAtOnce) {
  StatsFile stats(file("stats"), stop_, on_failure_);
  for (int n = 0; n < 3; ++n) {
    stats.write(numbered(n));
    const auto count = static_cast<std::size_t>(n) + 1;
    while (lines_of(text_of(file("stats"))).size() < count) std::this_thread::yield();
  }
  EXPECT_EQ(stats.finish(/*patient=*/true), 0);
  EXPECT_EQ(lines_of(text_of(file("stats"))).back(), numbered(2).dump());
}

TEST_F(StatsFileTest, BeginsOlderStatisticsAnewAndReplacesNothingElse) {
  std::ofstream(file("stats")) << R"({"event":"end"})"
                               << "\nmore\n";
  EXPECT_NO_THROW(require_stats_file(file("stats")));
  { StatsFile stats(file("stats"), stop_, on_failure_); }
  EXPECT_EQ(text_of(file("stats")), "");
  EXPECT_NO_THROW(require_stats_file(file("stats")));
  EXPECT_NO_THROW(require_stats_file(file("new")));
  EXPECT_NO_THROW(require_stats_file("/dev/null"));
  std::ofstream(file("clip.mp4")) << "a video";
  EXPECT_THAT(message_of(ErrorKind::kUsage, [&] { require_stats_file(file("clip.mp4")); }),
              HasSubstr("holds no statistics that may be replaced"));
  EXPECT_THAT(
      message_of(ErrorKind::kOutput, [&] { StatsFile(file("none/stats"), stop_, on_failure_); }),
      HasSubstr("cannot write " + file("none/stats") + ": "));
}

TEST_F(StatsFileTest, WaitsForNoReaderOfAPipe) {
  const live::OpenDescriptor pipe = small_pipe("pipe");
  constexpr int kLines = 20'000;
  StatsFile stats(file("pipe"), stop_, on_failure_);
  for (int n = 0; n < kLines; ++n) stats.write(numbered(n));
  const std::int64_t dropped = stats.finish(/*patient=*/false);
  EXPECT_GT(dropped, kLines - 1000);  // All that the pipe does not hold.
  EXPECT_LT(dropped, kLines);
}

TEST_F(StatsFileTest, WaitsForThePatientUntilTheFlagIsRaised) {
  const live::OpenDescriptor pipe = small_pipe("pipe");
  StatsFile stats(file("pipe"), stop_, on_failure_);
  for (int n = 0; n < 1000; ++n) stats.write(numbered(n));
  JoiningThread raises([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    stop_.raise();
  });
  EXPECT_GT(stats.finish(/*patient=*/true), 0);
}

TEST_F(StatsFileTest, GivesAPatientReaderEveryLine) {
  const live::OpenDescriptor pipe = small_pipe("pipe");
  StatsFile stats(file("pipe"), stop_, on_failure_);
  constexpr int kLines = 1000;
  for (int n = 0; n < kLines; ++n) stats.write(numbered(n));
  std::string read;
  JoiningThread reads([&] {
    std::string part(4096, '\0');
    const std::string last = numbered(kLines - 1).dump() + "\n";
    while (!read.ends_with(last)) {
      const ssize_t got = ::read(pipe.get(), part.data(), part.size());
      if (got > 0) read.append(part, 0, static_cast<std::size_t>(got));
    }
  });
  EXPECT_EQ(stats.finish(/*patient=*/true), 0);
  { const JoiningThread joined(std::move(reads)); }
  EXPECT_EQ(lines_of(read).size(), kLines);
}

TEST_F(StatsFileTest, KeepsWholeLinesOnAFullDiskAndSaysSoOnce) {
  const FileSizeLimit limit(1000);
  StatsFile stats(file("stats"), stop_, on_failure_);
  for (int n = 0; n < 100; ++n) stats.write(numbered(n));
  EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { stats.finish(/*patient=*/true); }),
              HasSubstr("cannot write " + file("stats") + ": "));
  EXPECT_EQ(failures_.size(), 1U);
  const std::string text = text_of(file("stats"));
  EXPECT_GT(text.size(), 900U);
  for (const std::string& line : lines_of(text)) EXPECT_TRUE(live::Json::accept(line)) << line;
}

}  // namespace
}  // namespace rollingdepth
