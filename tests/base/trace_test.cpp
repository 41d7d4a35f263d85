#include "base/trace.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>
#include <vector>

#include "base/background_worker.hpp"
#include "base/joining_thread.hpp"
#include "error_matchers.hpp"
#include "temporary_folder.hpp"

namespace rollingdepth {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::message_of;
using ::testing::Pair;
using ::testing::StartsWith;
using testing::TemporaryFolder;
using ::testing::UnorderedElementsAre;
using Json = nlohmann::json;

constexpr double kRoundingMicroseconds = 1e-3;

Json read_trace(const std::filesystem::path& file) {
  std::ifstream stream(file);
  return Json::parse(stream);
}

// What `recorder` has recorded since it was last asked.
Json written(TraceRecorder& recorder) {
  const TemporaryFolder folder;
  recorder.write(folder / "trace.json");
  EXPECT_THAT(folder.names(), ElementsAre("trace.json"));
  return read_trace(folder / "trace.json");
}

std::vector<Json> events_of(const Json& trace, const std::string& phase) {
  std::vector<Json> events;
  for (const Json& event : trace["traceEvents"]) {
    if (event["ph"] == phase) events.push_back(event);
  }
  return events;
}

std::vector<std::string> names_of(const std::vector<Json>& events) {
  std::vector<std::string> names;
  for (const Json& event : events) names.push_back(event["name"]);
  return names;
}

// Thread ids and what they are called.
std::map<int, std::string> threads_of(const Json& trace) {
  std::map<int, std::string> threads;
  for (const Json& event : events_of(trace, "M")) {
    EXPECT_EQ(event["name"], "thread_name");
    threads[event["tid"]] = event["args"]["name"];
  }
  return threads;
}

double end_of(const Json& event) { return event["ts"].get<double>() + event["dur"].get<double>(); }

void work(const std::string& name) { const TraceSpan span("batch", name); }

TEST(TraceRecorder, RecordsSpansThatNest) {
  TraceRecorder recorder;
  {
    const TraceSpan outer("stage", "encode");
    const TraceSpan inner("batch", "vae", "frames", 4);
  }
  const Json trace = written(recorder);
  const auto spans = events_of(trace, "X");
  // In the order in which they end.
  ASSERT_THAT(names_of(spans), ElementsAre("vae", "encode"));
  const Json &inner = spans[0], &outer = spans[1];
  EXPECT_EQ(inner["cat"], "batch");
  EXPECT_EQ(inner["args"], Json({{"frames", 4}}));
  EXPECT_EQ(outer["cat"], "stage");
  EXPECT_EQ(outer["args"], Json::object());
  for (const Json& span : spans) {
    EXPECT_EQ(span["pid"], 1);
    EXPECT_EQ(span["tid"], 1);
    EXPECT_GE(span["ts"], 0);
  }
  EXPECT_GE(inner["ts"].get<double>(), outer["ts"].get<double>() - kRoundingMicroseconds);
  EXPECT_LE(end_of(inner), end_of(outer) + kRoundingMicroseconds);
  EXPECT_EQ(trace["displayTimeUnit"], "ms");
  EXPECT_THAT(trace["otherData"]["program"].get<std::string>(), StartsWith("rollingdepth "));
}

TEST(TraceRecorder, NumbersThreadsInTheOrderInWhichTheyAppear) {
  TraceRecorder recorder;
  // Alive together, so that none takes over another's row; asked one after the other.
  BackgroundWorker first(1, "clip_pred.npy"), second(1, "spool"), idle(1, "idle");
  for (BackgroundWorker* worker : {&second, &first}) {
    worker->submit([] { work("write"); });
    worker->wait();
  }
  std::thread([] { work("other"); }).join();
  work("here");
  const Json trace = written(recorder);
  EXPECT_THAT(threads_of(trace),
              UnorderedElementsAre(Pair(1, "main"), Pair(2, "spool"), Pair(3, "clip_pred.npy"),
                                   Pair(4, "thread 4")));
  std::map<std::string, int> thread_of;
  for (const Json& span : events_of(trace, "X")) thread_of[span["name"]] = span["tid"];
  EXPECT_THAT(thread_of, UnorderedElementsAre(Pair("write", 3), Pair("other", 4), Pair("here", 1)));
}

TEST(TraceRecorder, GivesTheRowOfAThreadThatEndedToTheNextOfItsName) {
  TraceRecorder recorder;
  for (int i = 0; i < 3; ++i) {
    std::thread([] {
      name_trace_thread("align 2");
      work("share");
    }).join();
  }
  EXPECT_THAT(threads_of(written(recorder)), ElementsAre(Pair(2, "align 2")));
}

TEST(TraceRecorder, KeepsThreadsOfOneNameThatLiveTogetherApart) {
  TraceRecorder recorder;
  BackgroundWorker first(1, "same"), second(1, "same");
  for (BackgroundWorker* worker : {&first, &second}) {
    worker->submit([] { work("write"); });
    worker->wait();
  }
  EXPECT_THAT(threads_of(written(recorder)), ElementsAre(Pair(2, "same"), Pair(3, "same")));
}

TEST(TraceRecorder, ForgetsWhatItHasWritten) {
  TraceRecorder recorder;
  BackgroundWorker worker(1, "spool");
  worker.submit([] { work("first"); });
  worker.wait();
  EXPECT_THAT(names_of(events_of(written(recorder), "X")), ElementsAre("first"));
  work("second");
  const Json trace = written(recorder);
  EXPECT_THAT(names_of(events_of(trace, "X")), ElementsAre("second"));
  EXPECT_THAT(threads_of(trace), ElementsAre(Pair(1, "main")));
  worker.submit([] { work("third"); });
  worker.wait();
  EXPECT_THAT(threads_of(written(recorder)), ElementsAre(Pair(2, "spool")));
}

TEST(TraceRecorder, RecordsNothingThatBeganBeforeIt) {
  auto before = std::make_unique<TraceSpan>("batch", "before");
  std::optional<TraceRecorder> recorder(std::in_place);
  auto during = std::make_unique<TraceSpan>("batch", "during");
  before.reset();
  EXPECT_THAT(events_of(written(*recorder), "X"), IsEmpty());
  // A span that outlives its recorder is none of the next one's.
  recorder.reset();
  recorder.emplace();
  during.reset();
  work("after");
  EXPECT_THAT(names_of(events_of(written(*recorder), "X")), ElementsAre("after"));
}

// A thread that is older than the recorder and outlives it.
TEST(TraceRecorder, RemembersTheNameOfAThreadThatIsOlder) {
  BackgroundWorker worker(1, "read");
  const auto run = [&] {
    worker.submit([] { work("frame"); });
    worker.wait();
  };
  run();
  for (int i = 0; i < 2; ++i) {
    TraceRecorder recorder;
    run();
    EXPECT_THAT(threads_of(written(recorder)), ElementsAre(Pair(2, "read")));
  }
  run();
}

TEST(TraceRecorder, SamplesMemoryAtBeginAndEnd) {
  TraceRecorder recorder;
  work("batch");
  const Json trace = written(recorder);
  const auto samples = events_of(trace, "C");
  ASSERT_GE(samples.size(), 2U);
  EXPECT_THAT(names_of(samples), Each("memory"));
  const double span_us = events_of(trace, "X").front()["ts"];
  double first_us = span_us, last_us = span_us;
  for (const Json& sample : samples) {
    EXPECT_GT(sample["args"]["resident_bytes"], 1'000'000);
    first_us = std::min(first_us, sample["ts"].get<double>());
    last_us = std::max(last_us, sample["ts"].get<double>());
  }
  EXPECT_EQ(first_us, 0) << "times count from the first moment";
  EXPECT_LT(first_us, span_us);
  EXPECT_GT(last_us, span_us);
}

// More than the writer's buffer holds, from many threads at once.
TEST(TraceRecorder, LosesNothingOfManyThreads) {
  constexpr int kThreads = 4, kSpans = 1000;
  TraceRecorder recorder;
  {
    std::vector<JoiningThread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([i] {
        name_trace_thread("thread " + std::string(1, static_cast<char>('a' + i)));
        for (int k = 0; k < kSpans; ++k) const TraceSpan span("batch", "step", "steps", k);
      });
    }
  }
  std::map<int, std::vector<int>> counts;
  for (const Json& span : events_of(written(recorder), "X")) {
    counts[span["tid"]].push_back(span["args"]["steps"]);
  }
  std::size_t spans = 0;
  for (const auto& [thread, steps] : counts) spans += steps.size();
  EXPECT_EQ(spans, static_cast<std::size_t>(kThreads * kSpans));
}

// A file name need not be UTF-8 and may hold quotes.
TEST(TraceRecorder, WritesValidJsonWhateverTheNames) {
  TraceRecorder recorder;
  name_trace_thread("a\"b\\\n\xff");
  work("clip \xe9.npy");
  name_trace_thread("");
  EXPECT_EQ(events_of(written(recorder), "X").size(), 1U);
}

TEST(TraceRecorder, SaysWhereItCannotWriteAndLeavesNothing) {
  const TemporaryFolder folder;
  TraceRecorder recorder;
  work("batch");
  EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { recorder.write(folder / "no/trace.json"); }),
              HasSubstr("cannot write " + (folder / "no/trace.json").string()));
  std::filesystem::create_directories(folder / "trace.json/taken");
  EXPECT_THAT(message_of(ErrorKind::kOutput, [&] { recorder.write(folder / "trace.json"); }),
              HasSubstr("cannot write " + (folder / "trace.json").string()));
  EXPECT_THAT(folder.names(), ElementsAre("trace.json"));
}

}  // namespace
}  // namespace rollingdepth
