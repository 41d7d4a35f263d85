#include "media/library_messages.hpp"

#include <c10/util/Exception.h>
#include <gmock/gmock.h>

#include <mutex>
#include <opencv2/core.hpp>
#include <string>
#include <thread>
#include <vector>

extern "C" {
#include <libavutil/log.h>
}

namespace rollingdepth {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using ::testing::StartsWith;

/// What the libraries have said; they are listened to once a process.
class LibraryMessages : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    listen_to_libraries([](const std::string& line) {
      const std::lock_guard lock(mutex_);
      heard_.push_back(line);
    });
  }
  void SetUp() override {
    heard_.clear();
    ::testing::internal::CaptureStderr();
  }
  // Nothing is ever printed.
  void TearDown() override { EXPECT_THAT(::testing::internal::GetCapturedStderr(), IsEmpty()); }

  static inline std::mutex mutex_;
  static inline std::vector<std::string> heard_;
};

TEST_F(LibraryMessages, OfLibavAreItsWarningsAndErrors) {
  av_log(nullptr, AV_LOG_ERROR, "bad %d\n", 7);
  av_log(nullptr, AV_LOG_WARNING, "odd\n");
  av_log(nullptr, AV_LOG_INFO, "mb I  I16..4\n");
  EXPECT_THAT(heard_, ElementsAre("bad 7", "odd"));
}

TEST_F(LibraryMessages, OfLibavAreHeardHoweverQuietItIs) {
  av_log_set_level(AV_LOG_QUIET);
  av_log(nullptr, AV_LOG_ERROR, "bad\n");
  EXPECT_THAT(heard_, ElementsAre("bad"));
}

TEST_F(LibraryMessages, ThatComeInPartsAreOneLine) {
  av_log(nullptr, AV_LOG_WARNING, "a, ");
  av_log(nullptr, AV_LOG_WARNING, "b");
  EXPECT_THAT(heard_, IsEmpty());
  av_log(nullptr, AV_LOG_WARNING, "\n");
  EXPECT_THAT(heard_, ElementsAre("a, b"));
}

TEST_F(LibraryMessages, AreCutWhereTheyAreVeryLong) {
  av_log(nullptr, AV_LOG_WARNING, "%s\n", std::string(5000, 'x').c_str());
  av_log(nullptr, AV_LOG_WARNING, "next\n");
  EXPECT_THAT(heard_, ElementsAre(StartsWith("xxx"), "next"));
}

TEST_F(LibraryMessages, OfManyThreadsStayWhole) {
  std::vector<std::thread> threads;
  for (int id = 0; id < 8; ++id) {
    threads.emplace_back([id] {
      for (int i = 0; i < 200; ++i) {
        av_log(nullptr, AV_LOG_WARNING, "thread %d", id);
        av_log(nullptr, AV_LOG_WARNING, " has spoken\n");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(heard_, AllOf(SizeIs(1600), Each(MatchesRegex("thread [0-7] has spoken"))));
}

TEST_F(LibraryMessages, OfOpenCvAreItsErrors) {
  EXPECT_THROW(cv::Mat().reshape(1, 7), cv::Exception);
  EXPECT_THAT(heard_, ElementsAre(AllOf(StartsWith("opencv: "), HasSubstr("reshape"))));
}

TEST_F(LibraryMessages, OfLibTorchAreItsWarnings) {
  TORCH_WARN("first\nsecond");
  EXPECT_THAT(heard_, ElementsAre("libtorch: first", "libtorch: second"));
}

TEST_F(LibraryMessages, OfLibTorchOnAnotherThreadAreHeardWhereItListens) {
  std::thread([] {
    listen_to_torch();
    TORCH_WARN("elsewhere");
  }).join();
  EXPECT_THAT(heard_, ElementsAre(EndsWith("elsewhere")));
}

}  // namespace
}  // namespace rollingdepth
