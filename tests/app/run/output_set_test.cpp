#include "app/run/output_set.hpp"

#include <ATen/ATen.h>
#include <gmock/gmock.h>

#include <fstream>
#include <new>

#include "base/partial_file.hpp"
#include "error_matchers.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;
using ::testing::SizeIs;
using testing::TemporaryFolder;

/// Where a sink fails.
enum class Step { kBegin, kWrite, kFinish, kNever };

/// Writes a line per frame, and fails with what `fail` throws.
class LineSink final : public DepthSink {
 public:
  LineSink(const std::filesystem::path& file, Step step, std::function<void()> fail)
      : partial_(file), step_(step), fail_(std::move(fail)) {}

  void begin(const DepthClipInfo&) override {
    stream_.open(partial_.path());
    at(Step::kBegin);
  }
  void write(const at::Tensor&, std::int64_t pts) override {
    stream_ << pts << std::endl;
    at(Step::kWrite);
  }
  void finish() override {
    at(Step::kFinish);
    stream_.close();
    partial_.finish();
  }

 private:
  void at(Step step) const {
    if (step == step_) fail_();
  }

  PartialFile partial_;
  Step step_;
  std::function<void()> fail_;
  std::ofstream stream_;
};

class OutputSetTest : public ::testing::Test {
 protected:
  void add(const std::string& name, Step step = Step::kNever,
           const std::string& why = "the moon is full") {
    add_throwing(name, step, [why] { throw Error(ErrorKind::kOutput, why); });
  }
  void add_throwing(const std::string& name, Step step, std::function<void()> fail) {
    set_.add(folder_ / name, std::make_unique<LineSink>(folder_ / name, step, std::move(fail)));
  }
  void write_two_frames() {
    for (DepthSink* sink : set_.sinks()) sink->begin({});
    for (const std::int64_t pts : {0, 1}) {
      for (DepthSink* sink : set_.sinks()) sink->write(at::zeros({1, 1}), pts);
    }
  }
  std::vector<std::string> failed() const {
    std::vector<std::string> names;
    for (const auto& failure : set_.failures()) names.push_back(failure.file.filename());
    return names;
  }

  TemporaryFolder folder_;
  OutputSet set_;
};

TEST_F(OutputSetTest, FinishesTheOthersWhereverOneFails) {
  add("begin", Step::kBegin);
  add("whole");
  add("write", Step::kWrite);
  add("finish", Step::kFinish);
  write_two_frames();
  // What failed has left nothing, although the others still write.
  EXPECT_THAT(folder_.names(), ElementsAre("finish.partial", "whole.partial"));
  set_.finish();
  EXPECT_THAT(folder_.names(), ElementsAre("whole"));
  EXPECT_THAT(failed(), ElementsAre("begin", "write", "finish"));
  EXPECT_EQ(set_.failures().front().why,
            "cannot write " + (folder_ / "begin").string() + ": the moon is full");
}

/// Does not ask for the range, and remarks on what it wrote.
class PlainSink final : public DepthSink {
 public:
  [[nodiscard]] bool needs_range() const override { return false; }
  void begin(const DepthClipInfo&) override {}
  void write(const at::Tensor&, std::int64_t) override {}
  void finish() override {}
  [[nodiscard]] std::vector<std::string> remarks() const override { return {"it is plain"}; }
};

TEST_F(OutputSetTest, PassesOnWhatItsSinksSay) {
  set_.add(folder_ / "plain", std::make_unique<PlainSink>());
  EXPECT_FALSE(set_.sinks()[0]->needs_range());
  add("lines");
  EXPECT_TRUE(set_.sinks()[1]->needs_range());
  write_two_frames();
  set_.finish();
  EXPECT_THAT(set_.remarks(), ElementsAre("it is plain"));
}

TEST_F(OutputSetTest, PassesOnTheFailureOfTheLastOneLeft) {
  add("a", Step::kBegin);
  add("b", Step::kWrite, "the sun is out");
  EXPECT_EQ(message_of(ErrorKind::kOutput, [&] { write_two_frames(); }), "the sun is out");
}

TEST_F(OutputSetTest, PassesOnWhatStopsAllOutputs) {
  for (const int code : {ENOSPC, EDQUOT, ENOMEM}) {
    OutputSet set;
    const std::string why = "libx: " + std::generic_category().message(code) + " (-1)";
    set.add("a", std::make_unique<LineSink>(folder_ / "a", Step::kBegin,
                                            [why] { throw Error(ErrorKind::kOutput, why); }));
    set.add("b", std::make_unique<LineSink>(folder_ / "b", Step::kNever, [] {}));
    EXPECT_EQ(message_of(ErrorKind::kOutput, [&] { set.sinks()[0]->begin({}); }), why);
  }
  add_throwing("memory", Step::kBegin, [] { throw std::bad_alloc(); });
  EXPECT_THROW(set_.sinks()[0]->begin({}), std::bad_alloc);
  add_throwing("stop", Step::kBegin, [] { throw Cancelled(); });
  EXPECT_THROW(set_.sinks()[1]->begin({}), Cancelled);
}

class FailingArchive final : public SnippetArchive {
 public:
  void write(const std::vector<SpooledSnippets>&) override {
    throw Error(ErrorKind::kOutput, "cannot write a_snippets.npz: the moon is full");
  }
  void finish() override { ADD_FAILURE() << "finished after it had failed"; }
};

TEST_F(OutputSetTest, GoesOnWithoutItsArchiveAndFilesMadeAtTheEnd) {
  set_.add("a_snippets.npz", std::make_unique<FailingArchive>());
  set_.add("a_trace.json", [] { throw Error(ErrorKind::kOutput, "cannot write a_trace.json"); });
  add("whole");
  set_.archive()->write({});
  write_two_frames();
  set_.finish();
  EXPECT_THAT(folder_.names(), ElementsAre("whole"));
  EXPECT_THAT(failed(), ElementsAre("a_snippets.npz", "a_trace.json"));
}

}  // namespace
}  // namespace rollingdepth
