// How pictures come from put() to a sink.
#include "live/target_thread.hpp"

#include <gmock/gmock.h>

#include "error_matchers.hpp"
#include "target_run.hpp"

namespace rollingdepth::live {
namespace {

using rollingdepth::testing::comes_true;
using rollingdepth::testing::message_of;
using rollingdepth::testing::Pictures;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// What a sink has been asked, and what it waits for.
struct SinkLog {
  std::mutex mutex;
  std::condition_variable changed;
  bool is_open = true;   // write() returns.
  bool is_ready = true;  // ready() says so.
  std::vector<std::int64_t> numbers;
  bool finished = false;

  void set(bool SinkLog::*field, bool value) {
    const std::lock_guard lock(mutex);
    this->*field = value;
    changed.notify_all();
  }
  std::vector<std::int64_t> written() {
    const std::lock_guard lock(mutex);
    return numbers;
  }
};

class FakeSink final : public PictureSink {
 public:
  FakeSink(SinkLog& log, std::shared_ptr<TargetLedger> ledger)
      : log_(log), ledger_(std::move(ledger)) {}

  bool ready() override {
    const std::lock_guard lock(log_.mutex);
    return log_.is_ready;
  }
  void write(const SharedPicture& picture) override {
    std::unique_lock lock(log_.mutex);
    log_.numbers.push_back(picture->frame.number);
    log_.changed.wait(lock, [&] { return log_.is_open || hurried_; });
    if (picture->frame.number == 7) throw Error(ErrorKind::kOutput, "the disk is full");
    ledger_->sent(*picture);
  }
  void finish() override { log_.set(&SinkLog::finished, true); }
  void hurry() override {
    const std::lock_guard lock(log_.mutex);
    hurried_ = true;
    log_.changed.notify_all();
  }

 private:
  SinkLog& log_;
  std::shared_ptr<TargetLedger> ledger_;
  bool hurried_ = false;
};

class LiveTargetThread : public ::testing::Test {
 protected:
  std::unique_ptr<TargetThread> make(Overflow overflow, std::size_t capacity) {
    auto ledger = std::make_shared<TargetLedger>("somewhere", PictureSent(), TargetRemark());
    auto sink = std::make_unique<FakeSink>(log_, ledger);
    return std::make_unique<TargetThread>(
        TargetThread::Facts{.shows_view = true, .overflow = overflow, .capacity = capacity}, ledger,
        std::move(sink), stop_);
  }
  bool has_written(std::size_t count) {
    return comes_true([&] { return log_.written().size() == count; });
  }

  SinkLog log_;
  StopFlag stop_;
  Pictures pictures_;
};

TEST_F(LiveTargetThread, DropsTheOldestThatWaitsWhileTheSinkIsBusy) {
  log_.is_open = false;
  const auto target = make(Overflow::kDropOldest, 2);
  target->put(pictures_.next());
  ASSERT_TRUE(has_written(1));  // It is at picture 0, and stays there.
  for (int n = 1; n < 6; ++n) target->put(pictures_.next());
  EXPECT_EQ(target->counts().waiting, 2);
  EXPECT_EQ(target->counts().dropped, 3);
  log_.set(&SinkLog::is_open, true);
  target->finish();
  EXPECT_THAT(log_.written(), ElementsAre(0, 4, 5));
  EXPECT_EQ(target->counts().sent, 3);
  EXPECT_EQ(target->counts().waiting, 0);
  EXPECT_TRUE(log_.finished);
}

TEST_F(LiveTargetThread, LetsWaitWhereEveryPictureCounts) {
  log_.is_open = false;
  const auto target = make(Overflow::kWait, 2);
  std::atomic<int> taken = 0;
  const JoiningThread putting([&] {
    for (; taken < 6; ++taken) target->put(pictures_.next());
  });
  // One is written, two wait, and the fourth put() does not return.
  EXPECT_TRUE(comes_true([&] { return target->counts().waiting == 2; }));
  EXPECT_LT(taken, 4);
  log_.set(&SinkLog::is_open, true);
  ASSERT_TRUE(comes_true([&] { return taken == 6; }));
  target->finish();
  EXPECT_THAT(log_.written(), ElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_EQ(target->counts().dropped, 0);
}

TEST_F(LiveTargetThread, LetsNobodyWaitOnceItIsToStop) {
  log_.is_open = false;
  const auto target = make(Overflow::kWait, 1);
  std::atomic<bool> is_over = false;
  JoiningThread putting([&] {
    for (int n = 0; n < 5; ++n) target->put(pictures_.next());
    is_over = true;
  });
  EXPECT_TRUE(has_written(1));
  EXPECT_TRUE(comes_true([&] { return target->counts().waiting == 1; }));
  stop_.raise();
  EXPECT_TRUE(comes_true([&] { return is_over.load(); }));
  log_.set(&SinkLog::is_open, true);
  target->finish();
  EXPECT_THAT(log_.written(), ElementsAre(0, 1));
  EXPECT_EQ(target->counts().dropped, 3);
}

TEST_F(LiveTargetThread, TellsWhatTheSinkThrewFromThenOn) {
  const auto target = make(Overflow::kWait, 8);
  for (int n = 0; n < 8; ++n) target->put(pictures_.next());
  ASSERT_TRUE(has_written(8));
  const auto put_more = [&] {
    EXPECT_TRUE(comes_true([&] {
      target->put(pictures_.next());
      return false;
    }));
  };
  EXPECT_THAT(message_of(ErrorKind::kOutput, put_more), HasSubstr("disk is full"));
  EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { target->finish(); }), HasSubstr("disk is full"));
  EXPECT_FALSE(log_.finished);
}

TEST_F(LiveTargetThread, FinishesNothingWithoutFinish) {
  make(Overflow::kWait, 2)->put(pictures_.next());
  EXPECT_FALSE(log_.finished);
}

TEST_F(LiveTargetThread, CountsAsDroppedWhatComesWhenNobodyTakesAnything) {
  log_.is_ready = false;
  const auto target = make(Overflow::kWait, 2);
  for (int n = 0; n < 20; ++n) target->put(pictures_.next());
  target->finish();
  EXPECT_THAT(log_.written(), IsEmpty());
  EXPECT_EQ(target->counts().dropped, 20);
  EXPECT_TRUE(log_.finished);
}

TEST(LiveTargetLedger, SaysLittleOfAReceiverThatComesAndGoes) {
  std::vector<std::string> remarks;
  TargetLedger ledger("srt://h:1", {}, [&](const std::string& text) { remarks.push_back(text); });
  for (int n = 0; n < 100; ++n) {
    ledger.receiver_came("a receiver came");
    ledger.receiver_gone("its receiver has gone");
  }
  EXPECT_EQ(remarks.size(), 8);
  EXPECT_EQ(remarks.front(), "srt://h:1: a receiver came");
  EXPECT_THAT(remarks.back(), HasSubstr("no more of this for a minute"));
  EXPECT_EQ(ledger.counts().receivers, 0);
}

}  // namespace
}  // namespace rollingdepth::live
